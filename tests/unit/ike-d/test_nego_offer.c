// Offers and choices of IKE and ESP suites.
#include "ike-d/nego/offer.h"
#include "tests/unit/lib/hex.h"

static struct offer *offer_of(enum proposal_protocol protocol, const char *a, const char *b)
{
    const char *const texts[] = {a, b};
    struct offer *offer;
    char error[256] = "";

    ck_assert_msg(offer_new(texts, b ? 2 : 1, protocol, &offer, error, sizeof(error)) == 0, "%s", error);
    return offer;
}

// What a peer with that configuration sends.
static struct sa_payload *sent_by(struct offer *offer, struct bytes spi, bool with_ke)
{
    struct sa_payload *sa = calloc(1, sizeof(*sa));
    struct offer *wire = offer_for_wire(offer, spi, with_ke);

    memcpy(sa->proposal, wire->proposal, wire->n * sizeof(sa->proposal[0]));
    sa->n = wire->n;
    offer_free(wire);
    offer_free(offer);
    return sa;
}

START_TEST(makes_offers)
{
    struct offer *offer = offer_of(PROPOSAL_ESP, "aes256gcm16-ecp384-ecp256", "aes256-sha256-modp2048");
    struct offer *wire = offer_for_wire(offer, bytes_of("\1\2\3\4", 4), false);
    char text[1024];

    ck_assert_uint_eq(offer->proposal[0].number, 1);
    ck_assert_uint_eq(offer->proposal[1].number, 2);
    ck_assert_str_eq(offer_format(offer, text, sizeof(text)), "aes256gcm16-ecp384-ecp256, aes256-sha256-modp2048");
    ck_assert_str_eq(offer_format(wire, text, sizeof(text)), "aes256gcm16, aes256-sha256");
    ck_assert_uint_eq(wire->proposal[1].spi_size, 4);
    ck_assert_mem_eq(wire->proposal[1].spi, "\1\2\3\4", 4);
    ck_assert_uint_eq(offer_first_group(offer), KE_ECP384);
    ck_assert_uint_eq(offer_first_group(wire), KE_NONE);
    ck_assert(offer_has_group(offer, KE_MODP2048) && !offer_has_group(offer, KE_ECP521));
    ck_assert_uint_lt(strlen(offer_format(offer, text, 20)), 20);
    offer_free(offer);
    offer_free(wire);
    offer_free(NULL);
}
END_TEST

START_TEST(takes_defaults_and_refuses_errors)
{
    const char *bad[] = {"aes256gcm16-prfsha384-ecp384", "aes256-sha256-modp768"};
    const char *with_defaults[] = {"3des-sha1", "default"};
    const char *many[WIRE_PROPOSALS_MAX + 1];
    struct offer *offer;
    char error[256] = "";

    ck_assert_int_eq(offer_new(NULL, 0, PROPOSAL_IKE, &offer, error, sizeof(error)), 0);
    ck_assert_uint_eq(offer->n, 4);
    offer_free(offer);
    ck_assert_int_eq(offer_new(NULL, 0, PROPOSAL_ESP, &offer, error, sizeof(error)), 0);
    ck_assert_uint_eq(offer->n, 3);
    offer_free(offer);
    ck_assert_int_eq(offer_new(with_defaults, 2, PROPOSAL_ESP, &offer, error, sizeof(error)), 0);
    ck_assert_uint_eq(offer->n, 4);
    ck_assert_uint_eq(proposal_find(&offer->proposal[0], TRANSFORM_ENCR)->id, ENCR_3DES);
    ck_assert_uint_eq(proposal_find(&offer->proposal[3], TRANSFORM_ENCR)->id, ENCR_AES_CBC);
    ck_assert_uint_eq(offer->proposal[3].number, 4);
    offer_free(offer);
    ck_assert_int_eq(offer_new(bad, 2, PROPOSAL_IKE, &offer, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "modp768"));
    for (unsigned i = 0; i <= WIRE_PROPOSALS_MAX; i++)
        many[i] = "aes256gcm16";
    ck_assert_int_eq(offer_new(many, WIRE_PROPOSALS_MAX + 1, PROPOSAL_ESP, &offer, error, sizeof(error)), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "too many"));
}
END_TEST

struct ike_case {
    const char *ours[2];
    const char *theirs[2];
    uint16_t ke_group;
    enum notify_type notify;
    uint16_t group;
    const char *chosen;
};

static const struct ike_case ike_cases[] = {
    {{"aes256-sha256-ecp384"}, {"aes256-sha256-ecp384"}, KE_ECP384, NOTIFY_NONE, KE_ECP384, "aes256-sha256-ecp384"},
    // the guess is in the proposal that is chosen: no round trip more
    {{"aes256-sha256-ecp384-modp2048"},
     {"aes256-sha256-modp2048-ecp384"},
     KE_MODP2048,
     NOTIFY_NONE,
     KE_MODP2048,
     "aes256-sha256-modp2048"},
    // the guess is in a worse proposal
    {{"aes256gcm16-prfsha384-ecp384", "aes256-sha256-modp2048"},
     {"aes256-sha256-modp2048", "aes256gcm16-prfsha384-ecp384"},
     KE_MODP2048,
     NOTIFY_INVALID_KE_PAYLOAD,
     KE_ECP384,
     "aes256gcm16-prfsha384-ecp384"},
    // the guess is not ours at all
    {{"aes256-sha256-ecp384-modp2048"},
     {"aes256-sha256-modp4096-modp2048"},
     KE_MODP4096,
     NOTIFY_INVALID_KE_PAYLOAD,
     KE_MODP2048,
     "aes256-sha256-modp2048"},
    {{"aes256-sha256-ecp384"}, {"aes256-sha256-ecp256"}, KE_ECP256, NOTIFY_NO_PROPOSAL_CHOSEN, KE_NONE, NULL},
    {{"aes256-sha256-ecp384"}, {"aes256gcm16-prfsha256-ecp384"}, KE_ECP384, NOTIFY_NO_PROPOSAL_CHOSEN, KE_NONE, NULL},
};

START_TEST(chooses_for_ike)
{
    const struct ike_case *c = &ike_cases[_i];
    struct offer *ours = offer_of(PROPOSAL_IKE, c->ours[0], c->ours[1]);
    struct sa_payload *peer =
        sent_by(offer_of(PROPOSAL_IKE, c->theirs[0], c->theirs[1]), bytes_of("\1\2\3\4\5\6\7\x8", 8), true);
    struct choice choice;
    struct ike_suite suite;
    char text[PROPOSAL_TEXT_MAX];

    offer_choose_ike(ours, peer, c->ke_group, &choice);
    ck_assert_msg(choice.notify == c->notify, "%s", choice.why);
    ck_assert_uint_eq(choice.group, c->group);
    if (c->chosen) {
        ck_assert_str_eq(proposal_format(&choice.chosen, text, sizeof(text)), c->chosen);
        ck_assert_int_eq(ike_suite_from(&choice.chosen, &suite), 0);
        ck_assert_uint_eq(suite.ke->id, c->group);
        ck_assert_mem_eq(choice.chosen.spi, "\1\2\3\4\5\6\7\x8", 8);
    }
    ck_assert((choice.why[0] != '\0') == (c->notify != NOTIFY_NONE));
    offer_free(ours);
    free(peer);
}
END_TEST

// Some clients rekey their IKE SA with proposals of protocol ESP.
START_TEST(takes_protocol_esp_for_an_ike_rekey)
{
    struct offer *ours = offer_of(PROPOSAL_IKE, "aes256-sha256-ecp256", NULL);
    struct sa_payload *peer =
        sent_by(offer_of(PROPOSAL_IKE, "aes256-sha256-ecp256", NULL), bytes_of("\1\2\3\4\5\6\7\x8", 8), true);
    struct choice choice;

    peer->proposal[0].protocol = PROPOSAL_ESP;
    offer_choose_ike(ours, peer, KE_ECP256, &choice);
    ck_assert_uint_eq(choice.notify, NOTIFY_NONE);
    offer_free(ours);
    free(peer);
}
END_TEST

struct esp_case {
    const char *ours;
    const char *theirs;
    bool with_ke;
    uint16_t ke_group;
    enum notify_type notify;
    bool pfs;
};

static const struct esp_case esp_cases[] = {
    {"aes256gcm16", "aes256gcm16", false, KE_NONE, NOTIFY_NONE, false},
    // in IKE_AUTH groups count for nothing
    {"aes256gcm16-ecp256", "aes256gcm16", false, KE_NONE, NOTIFY_NONE, false},
    {"aes256gcm16", "aes256gcm16-ecp256", false, KE_NONE, NOTIFY_NONE, false},
    // in CREATE_CHILD_SA they do
    {"aes256gcm16-ecp256", "aes256gcm16-ecp256", true, KE_ECP256, NOTIFY_NONE, true},
    {"aes256gcm16-ecp256", "aes256gcm16", true, KE_NONE, NOTIFY_NO_PROPOSAL_CHOSEN, false},
    {"aes256gcm16", "aes256gcm16-ecp256", true, KE_ECP256, NOTIFY_NO_PROPOSAL_CHOSEN, false},
    {"aes256gcm16-ecp256-ecp384", "aes256gcm16-ecp384-ecp521", true, KE_ECP521, NOTIFY_INVALID_KE_PAYLOAD, true},
    {"aes256gcm16-ecp256", "aes256gcm16-ecp256", true, KE_NONE, NOTIFY_INVALID_KE_PAYLOAD, true},
    {"aes256-sha256", "aes128-sha256", true, KE_NONE, NOTIFY_NO_PROPOSAL_CHOSEN, false},
    // "none" beside a group leaves PFS to the peer (RFC 7296 1.3.1)
    {"aes256gcm16-ecp256-none", "aes256gcm16", true, KE_NONE, NOTIFY_NONE, false},
    {"aes256gcm16-ecp256-none", "aes256gcm16-ecp256", true, KE_ECP256, NOTIFY_NONE, true},
    {"aes256gcm16-none-ecp256", "aes256gcm16-ecp256-none", true, KE_ECP256, NOTIFY_NONE, true},
    {"aes256gcm16", "aes256gcm16-ecp256-none", true, KE_ECP256, NOTIFY_NONE, false},
    {"aes256gcm16-ecp256-none", "aes256gcm16-ecp384", true, KE_ECP384, NOTIFY_NO_PROPOSAL_CHOSEN, false},
};

START_TEST(guesses_the_first_group)
{
    struct offer *offer = offer_of(PROPOSAL_ESP, "aes256gcm16", "aes256gcm16-none-ecp384-ecp256");

    ck_assert_uint_eq(offer_first_group(offer), KE_ECP384);
    offer_free(offer);
    offer = offer_of(PROPOSAL_ESP, "aes256gcm16-none", "aes256gcm16");
    ck_assert_uint_eq(offer_first_group(offer), KE_NONE);
    offer_free(offer);
}
END_TEST

START_TEST(chooses_for_esp)
{
    const struct esp_case *c = &esp_cases[_i];
    struct offer *ours = offer_of(PROPOSAL_ESP, c->ours, NULL);
    struct sa_payload *peer = sent_by(offer_of(PROPOSAL_ESP, c->theirs, NULL), bytes_of("\1\2\3\4", 4), true);
    struct choice choice;
    struct esp_suite suite;

    offer_choose_esp(ours, peer, c->with_ke, c->ke_group, &choice);
    ck_assert_msg(choice.notify == c->notify, "%s", choice.why);
    if (c->notify != NOTIFY_NO_PROPOSAL_CHOSEN) {
        ck_assert_int_eq(esp_suite_from(&choice.chosen, &suite), 0);
        ck_assert((suite.ke != NULL) == c->pfs);
        ck_assert(!suite.esn);
        ck_assert_mem_eq(choice.chosen.spi, "\1\2\3\4", 4);
    }
    peer->proposal[0].spi_size = 8;
    offer_choose_esp(ours, peer, c->with_ke, c->ke_group, &choice);
    ck_assert_uint_eq(choice.notify, NOTIFY_NO_PROPOSAL_CHOSEN);
    offer_free(ours);
    free(peer);
}
END_TEST

START_TEST(accepts_only_what_was_offered)
{
    struct offer *offer = offer_of(PROPOSAL_IKE, "aes256-aes128-sha256-ecp256", "aes256gcm16-prfsha256-ecp256");
    struct sa_payload *answer = sent_by(offer_of(PROPOSAL_IKE, "aes128-sha256-ecp256", NULL), bytes_of(NULL, 0), true);
    struct proposal chosen;
    const char *why = NULL;

    ck_assert_int_eq(offer_accept_answer(offer, answer, &chosen, &why), 0);
    ck_assert_uint_eq(proposal_find(&chosen, TRANSFORM_ENCR)->key_bits, 128);
    answer->n = 2;
    ck_assert_int_eq(offer_accept_answer(offer, answer, &chosen, &why), -EBADMSG);
    answer->n = 0;
    ck_assert_int_eq(offer_accept_answer(offer, answer, &chosen, &why), -EBADMSG);
    answer->n = 1;
    answer->proposal[0].spi_size = 8;
    ck_assert_int_eq(offer_accept_answer(offer, answer, &chosen, &why), -EBADMSG);
    answer->proposal[0].spi_size = 0;
    answer->proposal[0].protocol = PROPOSAL_ESP;
    ck_assert_int_eq(offer_accept_answer(offer, answer, &chosen, &why), -EBADMSG);
    answer->proposal[0].protocol = PROPOSAL_IKE;
    answer->proposal[0].transform[0].key_bits = 192;
    ck_assert_int_eq(offer_accept_answer(offer, answer, &chosen, &why), -EBADMSG);
    ck_assert_str_eq(why, "the answer is not what was offered");
    offer_free(offer);
    free(answer);
}
END_TEST

START_TEST(refuses_suites_that_are_not_here)
{
    struct proposal p = {.n = 4,
                         .transform = {{.type = TRANSFORM_ENCR, .id = ENCR_AES_CBC, .key_bits = 256},
                                       {.type = TRANSFORM_PRF, .id = PRF_HMAC_SHA2_256},
                                       {.type = TRANSFORM_INTEG, .id = INTEG_HMAC_SHA2_256_128},
                                       {.type = TRANSFORM_KE, .id = KE_ECP256}}};
    struct ike_suite suite;
    struct esp_suite esp;

    ck_assert_int_eq(ike_suite_from(&p, &suite), 0);
    for (unsigned i = 0; i < 4; i++) {
        struct proposal broken = p;

        broken.transform[i].id = 999;
        ck_assert_int_eq(ike_suite_from(&broken, &suite), -EINVAL);
        broken.transform[i] = broken.transform[3];
        broken.n = 3;
        ck_assert_int_eq(ike_suite_from(&broken, &suite), -EINVAL);
    }
    p.transform[3].id = 999;
    ck_assert_int_eq(esp_suite_from(&p, &esp), -EINVAL);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
    TCase *tc = tcase_create("offer");

    tcase_add_test(tc, makes_offers);
    tcase_add_test(tc, takes_defaults_and_refuses_errors);
    tcase_add_loop_test(tc, chooses_for_ike, 0, COUNT(ike_cases));
    tcase_add_test(tc, takes_protocol_esp_for_an_ike_rekey);
    tcase_add_test(tc, guesses_the_first_group);
    tcase_add_loop_test(tc, chooses_for_esp, 0, COUNT(esp_cases));
    tcase_add_test(tc, accepts_only_what_was_offered);
    tcase_add_test(tc, refuses_suites_that_are_not_here);
    return run_case(tc);
}
