// Proposals: text to struct and back, what is refused and how it is told, choosing.
#include "lib/crypto/proposal.h"

#include <stdio.h>

#include "lib/crypto/proposal_word.h"
#include "lib/crypto/transform_name.h"

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
    {IKE, "aes128-sha1-sha256-modp2048", NULL},
    {IKE, "aes128-sha1-sha256-prfsha256-modp2048", NULL}, // one PRF of two, which the text must say
    {IKE, "aes128-sha1-sha256-prfsha256-prfsha1-modp2048", NULL},
    {IKE, "aes128-sha1-sha256-prfsha1-prfsha256-modp2048", "aes128-sha1-sha256-modp2048"},
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
    {IKE, "3des-md5-modp1024", NULL},
    {IKE, "aes192-sha1-modp1536", NULL},
    {IKE, "aes128ctr-aesxcbc-modp6144", NULL},
    {IKE, "aes192ctr-aescmac-modp8192", NULL},
    {IKE, "aes256-aesxcbc-prfaescmac-x448", NULL},
    {IKE, "aes256gcm8-aes256gcm12-prfaesxcbc-prfmd5-ecp256", NULL},
    {IKE, "aes128ccm8-aes192ccm12-aes256ccm16-prfsha512-x25519", NULL},
    {IKE, "chacha20poly1305-prfsha256-curve448", "chacha20poly1305-prfsha256-x448"},
    {IKE, "aes256gcm64-aes128gcm96-aes192ccm128-prfsha1-ecp256", "aes256gcm8-aes128gcm12-aes192ccm16-prfsha1-ecp256"},
    {IKE, "AES256-SHA256-ECP256", "aes256-sha256-ecp256"},
    {IKE, "AES-CBC-256-SHA-256-DH14-Group19", "aes256-sha256-modp2048-ecp256"},
    {IKE, "aes-192-cbc-sha512-dh31", "aes192-sha512-x25519"},
    {IKE, "aes256-gcm-prfsha384-dh20", "aes256gcm16-prfsha384-ecp384"},
    {ESP, "chacha20-poly1305", "chacha20poly1305"},
    // as charon's log and `swanctl --list-sas` print them
    {IKE, "IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048", "aes256-sha256-modp2048"},
    {IKE, "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384", "aes256gcm16-prfsha384-ecp384"},
    {IKE, "CHACHA20_POLY1305/PRF_AES128_XCBC/CURVE_25519", "chacha20poly1305-prfaesxcbc-x25519"},
    {IKE, "3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_1024", "3des-md5-modp1024"},
    {IKE, "AES_CTR_192/AES_CMAC_96/PRF_AES128_CMAC/CURVE_448", "aes192ctr-aescmac-x448"},
    {ESP, "ESP:AES_CCM_12_192/NO_EXT_SEQ", "aes192ccm12"},
    {ESP, "ESP:AES_CBC-128/AES_XCBC_96/EXT_SEQ", "aes128-aesxcbc-esn"},
    {ESP, "aes-gcm-256/none", "aes256gcm16"},
    {ESP, "aes_256_gcm_8-aes-128-gcm12", "aes256gcm8-aes128gcm12"},
    {IKE, "aes-256-sha2-dh14", "aes256-sha256-modp2048"},
    {IKE, "aes 256 sha256 modp2048", "aes256-sha256-modp2048"},
    {IKE, "AES-256-CBC/SHA-256/DH Group 14", "aes256-sha256-modp2048"},
    {IKE, "aes-cbc-128 sha1 group 2 dh-group-19", "aes128-sha1-modp1024-ecp256"},
    {IKE, "aes256-sha256-secp384r1-NIST P256", "aes256-sha256-ecp384-ecp256"},
    {ESP, "esp-aes 256 esp-sha256-hmac", "aes256-sha256"},
    {ESP, "esp-gcm 256", "aes256gcm16"},
    {ESP, "esp-aes-esp-sha-hmac-no-esn", "aes128-sha1"},
    {ESP, "aes-128-ctr-aes-192-ctr-sha1", "aes128ctr-aes192ctr-sha1"},
    {ESP, "aes-256-cbc-sha256-none", "aes256-sha256"},
    {ESP, "aes256gcm16-none-noesn", "aes256gcm16"},
    {ESP, "aes256-sha256-modp2048-none", NULL},
    {ESP, "aes256-sha256-modpnone-ecp256", "aes256-sha256-none-ecp256"},
    {ESP, "aes256gcm16-esn", NULL},
    {ESP, "aes256-sha256-modp2048-esn-noesn", NULL},
    {ESP, "aes256-sha256-noesn-esn", NULL},
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
    {IKE, "camellia256-sha1-modp2048", "\"camellia256\" is not supported", "use one of aes256gcm16, aes128gcm16"},
    {IKE, "camellia-256-sha1-modp2048", "\"camellia\" is not supported", "aes256"},
    {IKE, "Blowfish-sha1-modp2048", "\"Blowfish\" is not supported", "aes256"},
    {IKE, "twofish-sha1-modp2048", "\"twofish\" is not supported", "aes256"},
    {IKE, "des-sha1-modp2048", "\"des\" is not supported", "aes256"},
    {IKE, "aes128-sha256_96-modp2048", "\"sha256_96\" is not supported", "use one of sha256"},
    {IKE, "aes128-sha1-modp768", "\"modp768\" is not supported", "modp2048"},
    {IKE, "aes128-sha1-ec2n155", "\"ec2n155\" is not supported", "modp2048"},
    {IKE, "aes128-sha1-dh24", "\"dh24\" is not supported", "modp2048"},
    {IKE, "aes128-sha1-none", "can't do without a key exchange group", "modp2048"},
    {IKE, "enc-algorithm=aes-256 hash-algorithm=sha256", "write the values alone", "aes-256-cbc-sha256-modp2048"},
    {IKE, "ESP:aes256gcm16", "\"ESP:aes256gcm16\" is not", "known are"},
    {IKE, "aes128/", "empty word", ""},
    {IKE, "default", "as an entry of its own", ""}, // it stands for several
    {IKE, "aes128  sha1", "empty word", ""},
    {IKE, "aes128-sha1-dh group 1", "\"dh\" is not supported", "modp2048"},
    {IKE, "aes128-sha1-modp2048!", "leave the '!' out", ""},
    {IKE, "aes128-sha1-modp2048,aes256-sha1-modp2048", "an entry of its own", ""},
    {IKE, "aes128-sha1", "names no key exchange group", "ecp256"},
    {IKE, "sha1-modp2048", "names no encryption", "aes128"},
    {IKE, "aes128-modp2048", "names no integrity", "sha256"},
    {IKE, "aes128gcm16-modp2048", "names no PRF", "prfsha256"},
    {IKE, "aes128gcm16-sha256-prfsha256-modp2048", "needs no integrity", "leave it out"},
    {IKE, "aes128gcm16-aes128-sha256-modp2048", "that have their own (aes128gcm16)", "write two proposals"},
    {IKE, "aes128-sha256-modp2048-noesn", "no ESN", "leave it out"},
    {IKE, "quux-quux", "\"quux\" is not an algorithm", "known are"},
    {ESP, "aes128", "names no integrity", "sha256"},
    {ESP, "aes128gcm16-sha256", "needs no integrity", "leave it out"},
    {ESP, "aes128-sha256-prfsha256", "no PRF", "leave it out"},
    {ESP, "null-sha256", "\"null\" is not supported", "aes128"},
    {ESP, "aes256-sha256-ens", "\"ens\"", "did you mean \"esn\""},
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

// RFC 8221, RFC 8247: what is old is not offered unless somebody names it
START_TEST(defaults_are_not_weak)
{
    struct proposal p;
    char text[256];

    for (unsigned i = 0; proposal_ike_defaults[i]; i++) {
        ck_assert_int_eq(proposal_parse(proposal_ike_defaults[i], IKE, &p, text, sizeof(text)), 0);
        ck_assert(!proposal_list_weak(&p, text, sizeof(text)));
        ck_assert_str_eq(text, "");
    }
    for (unsigned i = 0; proposal_esp_defaults[i]; i++) {
        ck_assert_int_eq(proposal_parse(proposal_esp_defaults[i], ESP, &p, text, sizeof(text)), 0);
        ck_assert(!proposal_list_weak(&p, text, sizeof(text)));
    }
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
    // unless it is left to the peer
    {ESP, {"aes256gcm16-ecp256-none"}, {"aes256gcm16"}, "aes256gcm16", 1},
    {ESP, {"aes256gcm16-ecp256-none"}, {"aes256gcm16-ecp256"}, "aes256gcm16-ecp256", 1},
    {ESP, {"aes256gcm16-esn"}, {"aes256gcm16"}, NULL, 0},
    {ESP, {"aes256gcm16"}, {"aes256gcm16-esn"}, NULL, 0},
    {ESP, {"aes256gcm16-esn-noesn"}, {"aes256gcm16"}, "aes256gcm16", 1},
    {ESP, {"aes256gcm16-esn-noesn"}, {"aes256gcm16-noesn-esn"}, "aes256gcm16-esn", 1},
    {ESP, {"aes256gcm16-noesn-esn"}, {"aes256gcm16-esn"}, "aes256gcm16-esn", 1},
    {ESP, {"chacha20poly1305-aes256gcm8"}, {"aes256gcm8-chacha20poly1305"}, "chacha20poly1305", 1},
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

START_TEST(lists_what_is_weak)
{
    struct proposal p = parse(IKE, "3des-aes256-md5-sha256-modp1024-modp1536-modp2048");
    char text[256];

    ck_assert(proposal_list_weak(&p, text, sizeof(text)));
    ck_assert_str_eq(text, "3des (use aes256), md5 (use sha256), modp1024 (use modp2048), modp1536 (use modp2048)");
    p = parse(IKE, "aes256-sha256-prfmd5-modp2048");
    ck_assert(proposal_list_weak(&p, text, sizeof(text)));
    ck_assert_str_eq(text, "prfmd5 (use prfsha256)");
    ck_assert(proposal_list_weak(&p, text, 9)); // cut short to fit
    ck_assert_uint_lt(strlen(text), 9);
}
END_TEST

// Both name tables agree, each name is read as what it stands for, what is put in a weak one's place is good.
START_TEST(reads_each_algorithm)
{
    struct algorithm a, instead;
    struct proposal_word word;
    char text[48];
    unsigned n = 0;

    for (; algorithm_at(n, &a); n++) {
        ck_assert_str_eq(transform_format(a.type, a.id, a.key_bits, text, sizeof(text)), a.name);
        ck_assert(proposal_word_read(a.name, &word));
        ck_assert_int_eq(word.type, a.type);
        ck_assert_uint_eq(word.id, a.id);
        ck_assert_uint_eq(word.key_bits, a.key_bits);
        ck_assert_uint_eq(word.n, strlen(a.name));
        if (!a.instead)
            continue;
        ck_assert(proposal_word_read(a.instead, &word));
        ck_assert_int_eq(word.type, a.type);
        ck_assert_ptr_null(algorithm_instead(word.type, word.id, word.key_bits));
        for (unsigned i = 0; algorithm_at(i, &instead); i++)
            ck_assert(instead.type != a.type || instead.id != a.id || instead.name == a.name);
    }
    ck_assert_uint_eq(n, 26 + 7 + 7 + 12 + 2);
    ck_assert_uint_lt(n, PROPOSAL_TRANSFORMS_MAX);
}
END_TEST

// What messages propose must itself be right.
START_TEST(proposes_only_what_it_takes)
{
    for (int type = TRANSFORM_ENCR; type <= TRANSFORM_ESN; type++) {
        char list[256];
        struct proposal_word word;

        snprintf(list, sizeof(list), "%s", proposal_word_examples((enum transform_type)type));
        for (char *rest = list, *name; (name = strsep(&rest, ",")) != NULL;) {
            name += strspn(name, " ");
            ck_assert_msg(proposal_word_read(name, &word) && name[word.n] == '\0', "%s", name);
            ck_assert_int_eq(word.type, type);
            ck_assert_ptr_null(algorithm_instead(word.type, word.id, word.key_bits));
        }
    }
}
END_TEST

// docs/algorithms.md names each, in backquotes; tests run in the source's folder.
START_TEST(the_document_names_each_algorithm)
{
    static char document[16384];
    FILE *f = fopen("docs/algorithms.md", "r");
    struct algorithm a;
    char quoted[48];

    ck_assert_ptr_nonnull(f);
    document[fread(document, 1, sizeof(document) - 1, f)] = '\0';
    fclose(f);
    for (unsigned i = 0; algorithm_at(i, &a); i++) {
        snprintf(quoted, sizeof(quoted), "`%s`", a.name);
        ck_assert_msg(strstr(document, quoted), "docs/algorithms.md lacks %s", quoted);
    }
    for (unsigned i = 0; proposal_ike_defaults[i]; i++)
        ck_assert_ptr_nonnull(strstr(document, proposal_ike_defaults[i]));
    for (unsigned i = 0; proposal_esp_defaults[i]; i++)
        ck_assert_ptr_nonnull(strstr(document, proposal_esp_defaults[i]));
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
    tcase_add_test(tc, defaults_are_not_weak);
    tcase_add_loop_test(tc, selects, 0, COUNT(selections));
    tcase_add_test(tc, tells_what_differs);
    tcase_add_test(tc, takes_an_aead_with_any_integrity);
    tcase_add_test(tc, takes_esn_left_out_as_none);
    tcase_add_test(tc, takes_group_none_as_no_pfs);
    tcase_add_test(tc, never_chooses_what_it_does_not_know);
    tcase_add_test(tc, judges_answers);
    tcase_add_test(tc, lists_what_is_weak);
    tcase_add_test(tc, reads_each_algorithm);
    tcase_add_test(tc, proposes_only_what_it_takes);
    tcase_add_test(tc, the_document_names_each_algorithm);
    tcase_add_test(tc, names_any_transform);
    return run_case(tc);
}
