// Proposals: text to struct and back, what is refused and how it is told, choosing.
#include "lib/crypto/proposal.h"

#include <stdio.h>

#include "tests/unit/lib/hex.h"

#define IKE PROPOSAL_IKE
#define ESP PROPOSAL_ESP

struct text_case {
    enum proposal_protocol protocol;
    const char *text;
    const char *formatted; // NULL: the same
};

static const struct text_case good[] = {
    {IKE, "aes256gcm16-prfsha384-ecp384", NULL},
    {IKE, "aes128gcm16-prfsha256-x25519", NULL},
    {IKE, "aes256-sha256-ecp256", NULL},
    {IKE, "aes256-aes128-sha256-sha1-modp2048-ecp521", NULL},
    {IKE, "aes256-sha256-prfsha512-modp4096", NULL},
    {IKE, "aes128-sha1-modp3072", NULL},
    {IKE, "aes256-sha512-curve25519", "aes256-sha512-x25519"},
    {IKE, "aes256gcm16-sha384-ecp384", "aes256gcm16-prfsha384-ecp384"},
    {IKE, "aes256gcm128-prfsha256-modp2048", "aes256gcm16-prfsha256-modp2048"},
    {IKE, "aes-sha-modp2048", "aes128-sha1-modp2048"},
    {IKE, "aes-256-cbc-aes-128-cbc-sha256-modp2048", "aes256-aes128-sha256-modp2048"},
    {IKE, "aes-256-gcm-prfsha256-ecp256", "aes256gcm16-prfsha256-ecp256"},
    {IKE, "modp2048-sha256-aes-128", "aes128-sha256-modp2048"},
    {IKE, "aes256-aes256-sha256-ecp256-ecp256", "aes256-sha256-ecp256"},
    {ESP, "aes256gcm16", NULL},
    {ESP, "aes128gcm16-aes256gcm16", NULL},
    {ESP, "aes256-sha256", NULL},
    {ESP, "aes128-sha1-modp2048", NULL},
    {ESP, "aes256gcm16-noesn", "aes256gcm16"},
    {ESP, "aes256-sha2_256-x25519", "aes256-sha256-x25519"},
};

START_TEST(reads_and_writes)
{
    const struct text_case *c = &good[_i];
    struct proposal p;
    char error[256] = "";
    char text[PROPOSAL_TEXT_MAX];

    ck_assert_msg(proposal_parse(c->text, c->protocol, &p, error, sizeof(error)) == 0, "%s: %s", c->text, error);
    ck_assert_str_eq(proposal_format(&p, text, sizeof(text)), c->formatted ? c->formatted : c->text);
    ck_assert_uint_eq(p.protocol, c->protocol);
    ck_assert_uint_eq(p.number, 1);
    ck_assert_uint_eq(p.spi_size, 0);
    for (unsigned size = 0; size < 30; size++) { // never writes past the end
        char *exact = malloc(size ? size : 1);

        proposal_format(&p, exact, size);
        if (size)
            ck_assert_uint_lt(strlen(exact), size);
        free(exact);
    }
}
END_TEST

struct error_case {
    enum proposal_protocol protocol;
    const char *text;
    const char *wrong; // parts of the message
    const char *right;
};

static const struct error_case bad[] = {
    {IKE, "", "empty", "'-'"},
    {IKE, "aes256--sha256-ecp256", "empty", "'-'"},
    {IKE, "aes256-sha256-ecp256-", "empty", "'-'"},
    {IKE, "aes265-sha256-ecp256", "\"aes265\"", "did you mean \"aes256\""},
    {IKE, "aes256-sha265-ecp256", "\"sha265\"", "did you mean \"sha256\""},
    {IKE, "aes256-sha256-ecp348", "\"ecp348\"", "did you mean \"ecp384\""},
    {IKE, "AES256-sha256-ecp256", "\"AES256\"", "known are aes128"},
    {IKE, "3des-sha1-modp2048", "\"3des\" is not supported", "use one of aes128, aes256, aes128gcm16, aes256gcm16"},
    {IKE, "aes192-sha1-modp2048", "\"aes192\" is not supported", "aes256"},
    {IKE, "aes128-md5-modp2048", "\"md5\" is not supported", "sha256"},
    {IKE, "aes128-sha1-modp1024", "\"modp1024\" is not supported", "modp2048"},
    {IKE, "aes128-sha1", "names no key exchange group", "ecp256"},
    {IKE, "sha1-modp2048", "names no encryption", "aes128"},
    {IKE, "aes128-modp2048", "names no integrity", "sha256"},
    {IKE, "aes128gcm16-modp2048", "names no PRF", "prfsha256"},
    {IKE, "aes128gcm16-sha256-prfsha256-modp2048", "needs no integrity", "leave it out"},
    {IKE, "aes128gcm16-aes128-sha256-modp2048", "mixes GCM with CBC", "two proposals"},
    {IKE, "aes128-sha256-modp2048-noesn", "no ESN", "leave it out"},
    {IKE, "quux-quux", "\"quux\" is not an algorithm", "known are"},
    {ESP, "aes128", "names no integrity", "sha256"},
    {ESP, "aes128gcm16-sha256", "needs no integrity", "leave it out"},
    {ESP, "aes128-sha256-prfsha256", "no PRF", "leave it out"},
    {ESP, "aes128gcm16-esn", "not served", "leave it out"},
    {ESP, "null-sha256", "\"null\" is not supported", "aes128"},
    {PROPOSAL_AH, "sha256", "of IKE or of ESP", ""},
};

START_TEST(refuses)
{
    const struct error_case *c = &bad[_i];
    struct proposal p = {.number = 99};
    char error[600] = "";

    ck_assert_int_eq(proposal_parse(c->text, c->protocol, &p, error, sizeof(error)), -EINVAL);
    ck_assert_uint_eq(p.number, 99);
    ck_assert_msg(strstr(error, c->wrong) && strstr(error, c->right), "%s", error);
    proposal_parse(c->text, c->protocol, &p, error, 10);
    ck_assert_uint_lt(strlen(error), 10);
}
END_TEST

START_TEST(defaults_are_good)
{
    struct proposal p;
    char error[256];

    for (unsigned i = 0; proposal_ike_defaults[i]; i++)
        ck_assert_int_eq(proposal_parse(proposal_ike_defaults[i], IKE, &p, error, sizeof(error)), 0);
    for (unsigned i = 0; proposal_esp_defaults[i]; i++)
        ck_assert_int_eq(proposal_parse(proposal_esp_defaults[i], ESP, &p, error, sizeof(error)), 0);
}
END_TEST

static struct proposal parse(enum proposal_protocol protocol, const char *text)
{
    struct proposal p;
    char error[256] = "";

    ck_assert_msg(proposal_parse(text, protocol, &p, error, sizeof(error)) == 0, "%s: %s", text, error);
    return p;
}

struct select_case {
    enum proposal_protocol protocol;
    const char *ours[3];
    const char *theirs[3];
    const char *chosen; // NULL: none, then why
    uint8_t number;
};

static const struct select_case selections[] = {
    // our order of proposals and of transforms
    {IKE,
     {"aes256gcm16-prfsha384-ecp384", "aes256-sha256-modp2048"},
     {"aes256-sha256-modp2048", "aes256gcm16-prfsha384-ecp384"},
     "aes256gcm16-prfsha384-ecp384",
     2},
    {IKE,
     {"aes256-aes128-sha256-ecp256-modp2048"},
     {"aes128-aes256-sha256-sha1-modp2048-ecp256"},
     "aes256-sha256-ecp256",
     1},
    {IKE, {"aes256-sha256-ecp384"}, {"aes256-sha256-ecp256"}, NULL, 0},
    {ESP, {"aes256gcm16"}, {"aes128gcm16-aes256gcm16"}, "aes256gcm16", 1},
    {ESP, {"aes256gcm16"}, {"aes256-sha256", "aes256gcm16"}, "aes256gcm16", 2},
    // PFS on one side only does not match
    {ESP, {"aes256gcm16-ecp256"}, {"aes256gcm16"}, NULL, 0},
    {ESP, {"aes256gcm16"}, {"aes256gcm16-ecp256"}, NULL, 0},
};

START_TEST(selects)
{
    const struct select_case *c = &selections[_i];
    struct proposal ours[3];
    struct proposal theirs[3];
    struct proposal chosen;
    unsigned ours_n = 0;
    unsigned theirs_n = 0;
    char why[256] = "";
    char text[PROPOSAL_TEXT_MAX];
    bool found;

    for (; ours_n < 3 && c->ours[ours_n]; ours_n++)
        ours[ours_n] = parse(c->protocol, c->ours[ours_n]);
    for (; theirs_n < 3 && c->theirs[theirs_n]; theirs_n++) {
        theirs[theirs_n] = parse(c->protocol, c->theirs[theirs_n]);
        theirs[theirs_n].number = (uint8_t)(theirs_n + 1);
        theirs[theirs_n].spi_size = 4;
        memcpy(theirs[theirs_n].spi, "\1\2\3\4", 4);
    }
    found = proposal_select(ours, ours_n, theirs, theirs_n, &chosen, why, sizeof(why));
    ck_assert_msg(found == (c->chosen != NULL), "%s", why);
    if (!found) {
        ck_assert_ptr_nonnull(strstr(why, "no common"));
        return;
    }
    ck_assert_str_eq(proposal_format(&chosen, text, sizeof(text)), c->chosen);
    ck_assert_uint_eq(chosen.number, c->number);
    ck_assert_uint_eq(chosen.spi_size, 4);
    ck_assert_mem_eq(chosen.spi, "\1\2\3\4", 4);
    ck_assert(proposal_is_subset(&chosen, theirs, theirs_n));
}
END_TEST

static bool select_one(const struct proposal *ours, const struct proposal *theirs, struct proposal *ret_chosen,
                       char *why)
{
    return proposal_select(ours, 1, theirs, 1, ret_chosen, why, 256);
}

static void append(struct proposal *p, uint8_t type, uint16_t id)
{
    p->transform[p->n++] = (struct transform){.type = type, .id = id};
}

static void remove_type(struct proposal *p, uint8_t type)
{
    uint16_t kept = 0;

    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type != type)
            p->transform[kept++] = p->transform[i];
    p->n = kept;
}

START_TEST(tells_what_differs)
{
    struct proposal ours[] = {parse(IKE, "aes256-sha256-ecp384"), parse(IKE, "aes256gcm16-prfsha384-ecp384")};
    struct proposal theirs = parse(IKE, "aes256-sha256-modp2048");
    struct proposal chosen;
    char why[256];

    remove_type(&theirs, TRANSFORM_KE);
    append(&theirs, TRANSFORM_KE, 2);
    append(&theirs, TRANSFORM_KE, 4711);
    ck_assert(!proposal_select(ours, 2, &theirs, 1, &chosen, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "no common KE: local ecp384, remote modp1024 ke-4711"));
    ck_assert(!proposal_select(ours, 2, NULL, 0, &chosen, why, sizeof(why)));
    ck_assert_ptr_nonnull(strstr(why, "no proposal of this protocol"));
}
END_TEST

// RFC 7296 3.3.3: an AEAD comes without INTEG or with NONE; some peers add algorithms that mean nothing
START_TEST(takes_an_aead_with_any_integrity)
{
    struct proposal ours = parse(ESP, "aes256gcm16");
    struct proposal theirs = ours;
    struct proposal chosen;
    char why[256];

    append(&theirs, TRANSFORM_INTEG, INTEG_NONE);
    ck_assert(select_one(&ours, &theirs, &chosen, why));
    ck_assert_ptr_nonnull(proposal_find(&chosen, TRANSFORM_INTEG)); // the answer has each type of the offer
    theirs = ours;
    append(&theirs, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128);
    ck_assert(select_one(&ours, &theirs, &chosen, why));
    ck_assert_ptr_null(proposal_find(&chosen, TRANSFORM_INTEG));
}
END_TEST

START_TEST(takes_esn_left_out_as_none)
{
    struct proposal ours = parse(ESP, "aes256gcm16");
    struct proposal theirs = ours;
    struct proposal chosen;
    char why[256];

    remove_type(&theirs, TRANSFORM_ESN);
    ck_assert(select_one(&ours, &theirs, &chosen, why));
    ck_assert_ptr_null(proposal_find(&chosen, TRANSFORM_ESN));
    append(&theirs, TRANSFORM_ESN, 1);
    ck_assert(!select_one(&ours, &theirs, &chosen, why));
    ck_assert_ptr_nonnull(strstr(why, "no common ESN: local noesn, remote esn"));
    append(&theirs, TRANSFORM_ESN, 0);
    ck_assert(select_one(&ours, &theirs, &chosen, why));
    ck_assert_uint_eq(proposal_find(&chosen, TRANSFORM_ESN)->id, 0);
}
END_TEST

START_TEST(takes_group_none_as_no_pfs)
{
    struct proposal ours = parse(ESP, "aes256gcm16");
    struct proposal theirs = parse(ESP, "aes256gcm16-ecp256");
    struct proposal chosen;
    char why[256];

    append(&theirs, TRANSFORM_KE, KE_NONE);
    ck_assert(select_one(&ours, &theirs, &chosen, why));
    ck_assert_uint_eq(proposal_find(&chosen, TRANSFORM_KE)->id, KE_NONE);
}
END_TEST

// RFC 7296 3.3.6
START_TEST(never_chooses_what_it_does_not_know)
{
    struct proposal ours = parse(IKE, "aes256-sha256-ecp256");
    struct proposal theirs = ours;
    struct proposal chosen;
    char why[256];

    append(&theirs, 6, 1); // an additional key exchange
    ck_assert(!select_one(&ours, &theirs, &chosen, why));
    ck_assert_ptr_nonnull(strstr(why, "transform type that is not known"));
    theirs = ours;
    theirs.transform[0].unknown_attribute = true;
    ck_assert(!select_one(&ours, &theirs, &chosen, why));
    theirs = ours;
    theirs.protocol = PROPOSAL_ESP;
    ck_assert(!select_one(&ours, &theirs, &chosen, why));
}
END_TEST

START_TEST(judges_answers)
{
    struct proposal offered[] = {parse(IKE, "aes256-aes128-sha256-ecp256"), parse(IKE, "aes256gcm16-prfsha256-x25519")};
    struct proposal answer = parse(IKE, "aes128-sha256-ecp256");

    offered[1].number = 2;
    ck_assert(proposal_is_subset(&answer, offered, 2));
    answer.number = 2;
    ck_assert(!proposal_is_subset(&answer, offered, 2)); // from two proposals
    answer = parse(IKE, "aes256-aes128-sha256-ecp256");
    ck_assert(!proposal_is_subset(&answer, offered, 2)); // two of a type
    answer = parse(IKE, "aes128-sha1-ecp256");
    ck_assert(!proposal_is_subset(&answer, offered, 2)); // not offered
    answer = parse(IKE, "aes128-sha256-ecp256");
    remove_type(&answer, TRANSFORM_KE);
    ck_assert(!proposal_is_subset(&answer, offered, 2)); // a type is missing
    answer = parse(IKE, "aes256gcm16-prfsha256-x25519");
    answer.number = 2;
    append(&answer, TRANSFORM_INTEG, INTEG_NONE);
    ck_assert(proposal_is_subset(&answer, offered, 2));
}
END_TEST

START_TEST(names_any_transform)
{
    char text[48];

    ck_assert_str_eq(transform_format(TRANSFORM_ENCR, 20, 256, text, sizeof(text)), "aes256gcm16");
    ck_assert_str_eq(transform_format(TRANSFORM_ENCR, 12, 192, text, sizeof(text)), "aes192");
    ck_assert_str_eq(transform_format(TRANSFORM_ENCR, 3, 0, text, sizeof(text)), "3des");
    ck_assert_str_eq(transform_format(TRANSFORM_ENCR, 1234, 64, text, sizeof(text)), "encr-1234/64");
    ck_assert_str_eq(transform_format(TRANSFORM_PRF, 1, 0, text, sizeof(text)), "prfmd5");
    ck_assert_str_eq(transform_format(TRANSFORM_INTEG, 5, 0, text, sizeof(text)), "aesxcbc");
    ck_assert_str_eq(transform_format(TRANSFORM_KE, 2, 0, text, sizeof(text)), "modp1024");
    ck_assert_str_eq(transform_format(TRANSFORM_KE, 999, 0, text, sizeof(text)), "ke-999");
    ck_assert_str_eq(transform_format(TRANSFORM_ESN, 1, 0, text, sizeof(text)), "esn");
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
    TCase *tc = tcase_create("proposal");

    tcase_add_loop_test(tc, reads_and_writes, 0, COUNT(good));
    tcase_add_loop_test(tc, refuses, 0, COUNT(bad));
    tcase_add_test(tc, defaults_are_good);
    tcase_add_loop_test(tc, selects, 0, COUNT(selections));
    tcase_add_test(tc, tells_what_differs);
    tcase_add_test(tc, takes_an_aead_with_any_integrity);
    tcase_add_test(tc, takes_esn_left_out_as_none);
    tcase_add_test(tc, takes_group_none_as_no_pfs);
    tcase_add_test(tc, never_chooses_what_it_does_not_know);
    tcase_add_test(tc, judges_answers);
    tcase_add_test(tc, names_any_transform);
    return run_case(tc);
}
