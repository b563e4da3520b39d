#include "lib/crypto/proposal_word.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/crypto/transform_name.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

// Another name of an algorithm of the table; '#' stands for 128, 192 and 256, '~' for a '-', a '_', a space or nothing.
struct alias {
    const char *text;
    enum transform_type type;
    uint16_t id;
    uint16_t key_bits; // where the text does not say it
};

// clang-format off
static const struct alias aliases[] = {
    // swanctl's keywords and what its lists and logs print, RouterOS's names, Cisco's, and what people write by themselves
    {"aes", TRANSFORM_ENCR, ENCR_AES_CBC, 128},
    {"aes~#", TRANSFORM_ENCR, ENCR_AES_CBC, 0},
    {"aes~#~cbc", TRANSFORM_ENCR, ENCR_AES_CBC, 0},
    {"aes~cbc~#", TRANSFORM_ENCR, ENCR_AES_CBC, 0},
    {"aes~#~ctr", TRANSFORM_ENCR, ENCR_AES_CTR, 0},
    {"aes~ctr~#", TRANSFORM_ENCR, ENCR_AES_CTR, 0},
    {"aes~#~gcm", TRANSFORM_ENCR, ENCR_AES_GCM_16, 0},
    {"aes~gcm~#", TRANSFORM_ENCR, ENCR_AES_GCM_16, 0},
    {"aes~#~gcm~16", TRANSFORM_ENCR, ENCR_AES_GCM_16, 0},
    {"aes~gcm~16~#", TRANSFORM_ENCR, ENCR_AES_GCM_16, 0},
    {"aes~#~gcm~128", TRANSFORM_ENCR, ENCR_AES_GCM_16, 0},
    {"aes~#~gcm~12", TRANSFORM_ENCR, ENCR_AES_GCM_12, 0},
    {"aes~gcm~12~#", TRANSFORM_ENCR, ENCR_AES_GCM_12, 0},
    {"aes~#~gcm~96", TRANSFORM_ENCR, ENCR_AES_GCM_12, 0},
    {"aes~#~gcm~8", TRANSFORM_ENCR, ENCR_AES_GCM_8, 0},
    {"aes~gcm~8~#", TRANSFORM_ENCR, ENCR_AES_GCM_8, 0},
    {"aes~#~gcm~64", TRANSFORM_ENCR, ENCR_AES_GCM_8, 0},
    {"aes~#~ccm", TRANSFORM_ENCR, ENCR_AES_CCM_16, 0},
    {"aes~ccm~#", TRANSFORM_ENCR, ENCR_AES_CCM_16, 0},
    {"aes~#~ccm~16", TRANSFORM_ENCR, ENCR_AES_CCM_16, 0},
    {"aes~ccm~16~#", TRANSFORM_ENCR, ENCR_AES_CCM_16, 0},
    {"aes~#~ccm~128", TRANSFORM_ENCR, ENCR_AES_CCM_16, 0},
    {"aes~#~ccm~12", TRANSFORM_ENCR, ENCR_AES_CCM_12, 0},
    {"aes~ccm~12~#", TRANSFORM_ENCR, ENCR_AES_CCM_12, 0},
    {"aes~#~ccm~96", TRANSFORM_ENCR, ENCR_AES_CCM_12, 0},
    {"aes~#~ccm~8", TRANSFORM_ENCR, ENCR_AES_CCM_8, 0},
    {"aes~ccm~8~#", TRANSFORM_ENCR, ENCR_AES_CCM_8, 0},
    {"aes~#~ccm~64", TRANSFORM_ENCR, ENCR_AES_CCM_8, 0},
    {"chacha20~poly1305", TRANSFORM_ENCR, ENCR_CHACHA20_POLY1305, 0},
    {"3des~cbc", TRANSFORM_ENCR, ENCR_3DES, 0},
    {"hmac~md5", TRANSFORM_INTEG, INTEG_HMAC_MD5_96, 0},
    {"hmac~md5~96", TRANSFORM_INTEG, INTEG_HMAC_MD5_96, 0},
    {"sha", TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0},
    {"sha~1", TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0},
    {"hmac~sha1", TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0},
    {"hmac~sha1~96", TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0},
    {"sha2", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
    {"sha~256", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
    {"sha2~256", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
    {"hmac~sha256", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
    {"hmac~sha2~256", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
    {"hmac~sha2~256~128", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
    {"sha~384", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0},
    {"sha2~384", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0},
    {"hmac~sha384", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0},
    {"hmac~sha2~384", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0},
    {"hmac~sha2~384~192", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0},
    {"sha~512", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0},
    {"sha2~512", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0},
    {"hmac~sha512", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0},
    {"hmac~sha2~512", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0},
    {"hmac~sha2~512~256", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0},
    {"aes~xcbc", TRANSFORM_INTEG, INTEG_AES_XCBC_96, 0},
    {"aes~xcbc~96", TRANSFORM_INTEG, INTEG_AES_XCBC_96, 0},
    {"aes~cmac", TRANSFORM_INTEG, INTEG_AES_CMAC_96, 0},
    {"aes~cmac~96", TRANSFORM_INTEG, INTEG_AES_CMAC_96, 0},
    {"prf~md5", TRANSFORM_PRF, PRF_HMAC_MD5, 0},
    {"prf~hmac~md5", TRANSFORM_PRF, PRF_HMAC_MD5, 0},
    {"prf~sha1", TRANSFORM_PRF, PRF_HMAC_SHA1, 0},
    {"prf~hmac~sha1", TRANSFORM_PRF, PRF_HMAC_SHA1, 0},
    {"prf~sha256", TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0},
    {"prf~sha2~256", TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0},
    {"prf~hmac~sha256", TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0},
    {"prf~hmac~sha2~256", TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0},
    {"prf~sha384", TRANSFORM_PRF, PRF_HMAC_SHA2_384, 0},
    {"prf~sha2~384", TRANSFORM_PRF, PRF_HMAC_SHA2_384, 0},
    {"prf~hmac~sha384", TRANSFORM_PRF, PRF_HMAC_SHA2_384, 0},
    {"prf~hmac~sha2~384", TRANSFORM_PRF, PRF_HMAC_SHA2_384, 0},
    {"prf~sha512", TRANSFORM_PRF, PRF_HMAC_SHA2_512, 0},
    {"prf~sha2~512", TRANSFORM_PRF, PRF_HMAC_SHA2_512, 0},
    {"prf~hmac~sha512", TRANSFORM_PRF, PRF_HMAC_SHA2_512, 0},
    {"prf~hmac~sha2~512", TRANSFORM_PRF, PRF_HMAC_SHA2_512, 0},
    {"prf~aes~xcbc", TRANSFORM_PRF, PRF_AES128_XCBC, 0},
    {"prf~aes128~xcbc", TRANSFORM_PRF, PRF_AES128_XCBC, 0},
    {"prf~aes~cmac", TRANSFORM_PRF, PRF_AES128_CMAC, 0},
    {"prf~aes128~cmac", TRANSFORM_PRF, PRF_AES128_CMAC, 0},
    {"modp~1024", TRANSFORM_KE, KE_MODP1024, 0},
    {"modp~1536", TRANSFORM_KE, KE_MODP1536, 0},
    {"modp~2048", TRANSFORM_KE, KE_MODP2048, 0},
    {"modp~3072", TRANSFORM_KE, KE_MODP3072, 0},
    {"modp~4096", TRANSFORM_KE, KE_MODP4096, 0},
    {"modp~6144", TRANSFORM_KE, KE_MODP6144, 0},
    {"modp~8192", TRANSFORM_KE, KE_MODP8192, 0},
    {"ecp~256", TRANSFORM_KE, KE_ECP256, 0},
    {"ecp~384", TRANSFORM_KE, KE_ECP384, 0},
    {"ecp~521", TRANSFORM_KE, KE_ECP521, 0},
    {"curve~25519", TRANSFORM_KE, KE_CURVE25519, 0},
    {"curve~448", TRANSFORM_KE, KE_CURVE448, 0},
    {"secp256r1", TRANSFORM_KE, KE_ECP256, 0},
    {"secp384r1", TRANSFORM_KE, KE_ECP384, 0},
    {"secp521r1", TRANSFORM_KE, KE_ECP521, 0},
    {"nist~p256", TRANSFORM_KE, KE_ECP256, 0},
    {"nist~p384", TRANSFORM_KE, KE_ECP384, 0},
    {"nist~p521", TRANSFORM_KE, KE_ECP521, 0},
    {"none", TRANSFORM_KE, KE_NONE, 0},
    {"modpnone", TRANSFORM_KE, KE_NONE, 0},
    {"no~esn", TRANSFORM_ESN, ESN_NONE, 0},
    {"no~ext~seq", TRANSFORM_ESN, ESN_NONE, 0},
    {"ext~seq", TRANSFORM_ESN, ESN_EXTENDED, 0},
    // Cisco's transform sets
    {"esp-3des", TRANSFORM_ENCR, ENCR_3DES, 0},
    {"esp-aes", TRANSFORM_ENCR, ENCR_AES_CBC, 128},
    {"esp-aes~#", TRANSFORM_ENCR, ENCR_AES_CBC, 0},
    {"esp-gcm", TRANSFORM_ENCR, ENCR_AES_GCM_16, 128},
    {"esp-gcm~#", TRANSFORM_ENCR, ENCR_AES_GCM_16, 0},
    {"esp-md5-hmac", TRANSFORM_INTEG, INTEG_HMAC_MD5_96, 0},
    {"esp-sha-hmac", TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0},
    {"esp-sha256-hmac", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0},
    {"esp-sha384-hmac", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0},
    {"esp-sha512-hmac", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0},
};
// clang-format on

// Names of what is not served and has no number in IANA's list for IKEv2.
static const struct {
    const char *text;
    enum transform_type type;
} foreign[] = {
    {"twofish", TRANSFORM_ENCR}, {"serpent", TRANSFORM_ENCR}, {"aria", TRANSFORM_ENCR},  {"sha256_96", TRANSFORM_INTEG},
    {"sha224", TRANSFORM_INTEG}, {"ec2n155", TRANSFORM_KE},   {"ec2n185", TRANSFORM_KE}, {"modpnull", TRANSFORM_KE},
};

#define WORD_BYTES_MAX 24

const char *proposal_word_examples(enum transform_type type)
{
    switch (type) {
    case TRANSFORM_ENCR:
        return "aes256gcm16, aes128gcm16, chacha20poly1305, aes256, aes128";
    case TRANSFORM_INTEG:
        return "sha256, sha384, sha512, sha1";
    case TRANSFORM_PRF:
        return "prfsha256, prfsha384, prfsha512, prfsha1";
    case TRANSFORM_KE:
        return "x25519, ecp256, ecp384, modp2048, modp3072, modp4096";
    default:
        return "esn, noesn";
    }
}

// 128, 192 or 256 at the text's start; 0 for anything else.
static uint16_t read_length(const char *text)
{
    static const struct {
        char text[4];
        uint16_t bits;
    } lengths[] = {{"128", 128}, {"192", 192}, {"256", 256}};

    for (size_t i = 0; i < COUNT_OF(lengths); i++)
        if (strncmp(text, lengths[i].text, 3) == 0)
            return lengths[i].bits;
    return 0;
}

static bool is_end(char c)
{
    return c == '-' || c == '/' || c == ' ' || c == '\0';
}

// Between the parts of one word.
static bool is_joint(char c)
{
    return c == '-' || c == '_' || c == ' ';
}

// The word's letters, if the text begins with it and ends there or has a '-', '/' or space behind it; else 0.
static size_t begins(const char *text, const char *pattern, uint16_t *key_bits)
{
    size_t n = 0;

    for (; *pattern; pattern++) {
        if (*pattern == '#') {
            *key_bits = read_length(text + n);
            if (!*key_bits)
                return 0;
            n += 3;
        } else if (*pattern == '~') {
            n += is_joint(text[n]);
        } else if (tolower((unsigned char)text[n++]) != *pattern) {
            return 0;
        }
    }
    return is_end(text[n]) ? n : 0;
}

// Most patterns begin with another letter; 10,000 tunnels name many words.
static void try_word(const char *text, const char *pattern, struct proposal_word word, struct proposal_word *best)
{
    if ((text[0] | 0x20) != pattern[0] && text[0] != pattern[0])
        return;
    word.n = begins(text, pattern, &word.key_bits);
    if (word.n > best->n)
        *best = word;
}

// How much of the text is that word, and what joins it to the next.
static size_t skip(const char *text, const char *word)
{
    size_t n = strlen(word);

    return strncasecmp(text, word, n) == 0 ? n + is_joint(text[n]) : 0;
}

// "dh14", "group 14", "DH-Group-14": the group's number. Returns the word's letters; 0 when it is no such word.
static size_t read_group(const char *text, uint16_t *ret_number)
{
    size_t prefix = skip(text, "dh");
    size_t digits;
    unsigned number = 0;

    prefix += skip(text + prefix, "group");
    digits = prefix ? strspn(text + prefix, "0123456789") : 0;
    if (digits == 0 || digits > 4 || !is_end(text[prefix + digits]))
        return 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (unsigned)(text[prefix + i] - '0');
    *ret_number = (uint16_t)number;
    return prefix + digits;
}

bool proposal_word_read(const char *text, struct proposal_word *ret_word)
{
    struct proposal_word best = {0};
    struct algorithm a;
    uint16_t group;
    size_t n = read_group(text, &group);

    for (unsigned i = 0; algorithm_at(i, &a); i++)
        try_word(text, a.name, (struct proposal_word){a.type, a.id, a.key_bits, 0}, &best);
    for (size_t i = 0; i < COUNT_OF(aliases); i++)
        try_word(text, aliases[i].text, (struct proposal_word){aliases[i].type, aliases[i].id, aliases[i].key_bits, 0},
                 &best);
    if (n && ke_find(group))
        best = (struct proposal_word){TRANSFORM_KE, group, 0, n};
    if (best.n == 0)
        return false;
    *ret_word = best;
    return true;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

// How many letters must be put in, taken out or changed to make one word of the other.
static size_t edit_distance(const char *a, size_t a_n, const char *b)
{
    size_t b_n = strlen(b);
    size_t row[WORD_BYTES_MAX + 1];

    if (a_n > WORD_BYTES_MAX || b_n > WORD_BYTES_MAX)
        return WORD_BYTES_MAX;
    for (size_t j = 0; j <= b_n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_n; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_n; j++) {
            size_t above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (tolower((unsigned char)a[i - 1]) != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_n];
}

// The nearest good name; NULL when none is near.
static const char *guess_word(const char *text, size_t n)
{
    const char *best = NULL;
    size_t best_distance = 3;
    struct algorithm a;

    for (unsigned i = 0; algorithm_at(i, &a); i++) {
        size_t distance = edit_distance(text, n, a.name);

        if (distance < best_distance && !a.instead) {
            best = a.name;
            best_distance = distance;
        }
    }
    return best;
}

// The type of a name that exists, but not here; 0 when it is none.
static enum transform_type type_of_other(const char *text, size_t n)
{
    char small[WORD_BYTES_MAX + 1];
    uint16_t group;

    if (n > WORD_BYTES_MAX)
        return 0;
    for (size_t i = 0; i < n; i++)
        small[i] = (char)tolower((unsigned char)text[i]);
    small[n] = '\0';
    for (size_t i = 0; i < COUNT_OF(foreign); i++)
        if (strcmp(small, foreign[i].text) == 0)
            return foreign[i].type;
    if (read_group(text, &group))
        return TRANSFORM_KE;
    return (enum transform_type)transform_type_of_name(bytes_of(small, n));
}

char *proposal_word_explain(const char *text, char *out, size_t out_size)
{
    size_t n = strcspn(text, "-/ ");
    int shown = n > 32 ? 32 : (int)n;
    enum transform_type type = type_of_other(text, n);
    const char *guess = guess_word(text, n);

    if (strchr(text, '='))
        snprintf(out, out_size,
                 "\"%.*s\": write the values alone with '-' between them, as in aes-256-cbc-sha256-modp2048", shown,
                 text);
    else if (memchr(text, ',', n))
        snprintf(out, out_size, "\"%.*s\": write '-' between algorithms, and each proposal as an entry of its own",
                 shown, text);
    else if (n && text[n - 1] == '!')
        snprintf(out, out_size, "\"%.*s\": leave the '!' out; only what is written is offered anyway", shown, text);
    else if (type)
        snprintf(out, out_size, "\"%.*s\" is not supported; use one of %s", shown, text, proposal_word_examples(type));
    else if (guess)
        snprintf(out, out_size, "\"%.*s\" is not an algorithm; did you mean \"%s\"?", shown, text, guess);
    else
        snprintf(out, out_size,
                 "\"%.*s\" is not an algorithm; known are for encryption %s, for integrity %s, as groups %s", shown,
                 text, proposal_word_examples(TRANSFORM_ENCR), proposal_word_examples(TRANSFORM_INTEG),
                 proposal_word_examples(TRANSFORM_KE));
    return out;
}
