#include "lib/crypto/transform_name.h"

#include <stdio.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

// With a key length the name is prefix, bits, suffix.
struct transform_name {
    uint8_t type;
    uint16_t id;
    const char *prefix;
    const char *suffix;
};

static const struct transform_name names[] = {
    {TRANSFORM_ENCR, 1, "desiv64", ""},
    {TRANSFORM_ENCR, 2, "des", ""},
    {TRANSFORM_ENCR, 3, "3des", ""},
    {TRANSFORM_ENCR, 4, "rc5", ""},
    {TRANSFORM_ENCR, 5, "idea", ""},
    {TRANSFORM_ENCR, 6, "cast", ""},
    {TRANSFORM_ENCR, 7, "blowfish", ""},
    {TRANSFORM_ENCR, 8, "3idea", ""},
    {TRANSFORM_ENCR, 9, "desiv32", ""},
    {TRANSFORM_ENCR, 11, "null", ""},
    {TRANSFORM_ENCR, 12, "aes", ""},
    {TRANSFORM_ENCR, 13, "aes", "ctr"},
    {TRANSFORM_ENCR, 14, "aes", "ccm8"},
    {TRANSFORM_ENCR, 15, "aes", "ccm12"},
    {TRANSFORM_ENCR, 16, "aes", "ccm16"},
    {TRANSFORM_ENCR, 18, "aes", "gcm8"},
    {TRANSFORM_ENCR, 19, "aes", "gcm12"},
    {TRANSFORM_ENCR, 20, "aes", "gcm16"},
    {TRANSFORM_ENCR, 21, "aes", "gmac"},
    {TRANSFORM_ENCR, 23, "camellia", ""},
    {TRANSFORM_ENCR, 24, "camellia", "ctr"},
    {TRANSFORM_ENCR, 25, "camellia", "ccm8"},
    {TRANSFORM_ENCR, 26, "camellia", "ccm12"},
    {TRANSFORM_ENCR, 27, "camellia", "ccm16"},
    {TRANSFORM_ENCR, 28, "chacha20poly1305", ""},
    {TRANSFORM_ENCR, 29, "aes", "ccm8iiv"},
    {TRANSFORM_ENCR, 30, "aes", "gcm16iiv"},
    {TRANSFORM_ENCR, 31, "chacha20poly1305iiv", ""},
    {TRANSFORM_ENCR, 32, "kuznyechikmgmktree", ""},
    {TRANSFORM_ENCR, 33, "magmamgmktree", ""},
    {TRANSFORM_ENCR, 34, "kuznyechikmgmmacktree", ""},
    {TRANSFORM_ENCR, 35, "magmamgmmacktree", ""},
    {TRANSFORM_PRF, 1, "prfmd5", ""},
    {TRANSFORM_PRF, 2, "prfsha1", ""},
    {TRANSFORM_PRF, 3, "prftiger", ""},
    {TRANSFORM_PRF, 4, "prfaesxcbc", ""},
    {TRANSFORM_PRF, 5, "prfsha256", ""},
    {TRANSFORM_PRF, 6, "prfsha384", ""},
    {TRANSFORM_PRF, 7, "prfsha512", ""},
    {TRANSFORM_PRF, 8, "prfaescmac", ""},
    {TRANSFORM_PRF, 9, "prfstreebog512", ""},
    {TRANSFORM_INTEG, 0, "none", ""},
    {TRANSFORM_INTEG, 1, "md5", ""},
    {TRANSFORM_INTEG, 2, "sha1", ""},
    {TRANSFORM_INTEG, 3, "desmac", ""},
    {TRANSFORM_INTEG, 4, "kpdkmd5", ""},
    {TRANSFORM_INTEG, 5, "aesxcbc", ""},
    {TRANSFORM_INTEG, 6, "md5_128", ""},
    {TRANSFORM_INTEG, 7, "sha1_160", ""},
    {TRANSFORM_INTEG, 8, "aescmac", ""},
    {TRANSFORM_INTEG, 9, "aes128gmac", ""},
    {TRANSFORM_INTEG, 10, "aes192gmac", ""},
    {TRANSFORM_INTEG, 11, "aes256gmac", ""},
    {TRANSFORM_INTEG, 12, "sha256", ""},
    {TRANSFORM_INTEG, 13, "sha384", ""},
    {TRANSFORM_INTEG, 14, "sha512", ""},
    {TRANSFORM_KE, 0, "none", ""},
    {TRANSFORM_KE, 1, "modp768", ""},
    {TRANSFORM_KE, 2, "modp1024", ""},
    {TRANSFORM_KE, 5, "modp1536", ""},
    {TRANSFORM_KE, 14, "modp2048", ""},
    {TRANSFORM_KE, 15, "modp3072", ""},
    {TRANSFORM_KE, 16, "modp4096", ""},
    {TRANSFORM_KE, 17, "modp6144", ""},
    {TRANSFORM_KE, 18, "modp8192", ""},
    {TRANSFORM_KE, 19, "ecp256", ""},
    {TRANSFORM_KE, 20, "ecp384", ""},
    {TRANSFORM_KE, 21, "ecp521", ""},
    {TRANSFORM_KE, 22, "modp1024s160", ""},
    {TRANSFORM_KE, 23, "modp2048s224", ""},
    {TRANSFORM_KE, 24, "modp2048s256", ""},
    {TRANSFORM_KE, 25, "ecp192", ""},
    {TRANSFORM_KE, 26, "ecp224", ""},
    {TRANSFORM_KE, 27, "ecp224bp", ""},
    {TRANSFORM_KE, 28, "ecp256bp", ""},
    {TRANSFORM_KE, 29, "ecp384bp", ""},
    {TRANSFORM_KE, 30, "ecp512bp", ""},
    {TRANSFORM_KE, 31, "x25519", ""},
    {TRANSFORM_KE, 32, "x448", ""},
    {TRANSFORM_KE, 33, "gost256", ""},
    {TRANSFORM_KE, 34, "gost512", ""},
    {TRANSFORM_KE, 35, "mlkem512", ""},
    {TRANSFORM_KE, 36, "mlkem768", ""},
    {TRANSFORM_KE, 37, "mlkem1024", ""},
    {TRANSFORM_ESN, 0, "noesn", ""},
    {TRANSFORM_ESN, 1, "esn", ""},
};

const char *transform_type_name(uint8_t type)
{
    static const char *const type_names[] = {"?", "ENCR", "PRF", "INTEG", "KE", "ESN"};

    return type < COUNT_OF(type_names) ? type_names[type] : "?";
}

static const struct transform_name *find(uint8_t type, uint16_t id)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].type == type && names[i].id == id)
            return &names[i];
    return NULL;
}

// Names of unknown transforms start with the type in small letters.
static const char *small_type_name(enum transform_type type)
{
    static const char *const small_names[] = {"transform", "encr", "prf", "integ", "ke", "esn"};

    return (unsigned)type < COUNT_OF(small_names) ? small_names[type] : small_names[0];
}

char *transform_format(enum transform_type type, uint16_t id, uint16_t key_bits, char *out, unsigned out_size)
{
    const struct transform_name *name = find((uint8_t)type, id);
    char bits[8] = "";

    if (key_bits)
        snprintf(bits, sizeof(bits), "%u", key_bits);
    if (name)
        snprintf(out, out_size, "%s%s%s", name->prefix, bits, name->suffix);
    else
        snprintf(out, out_size, "%s-%u%s%s", small_type_name(type), id, key_bits ? "/" : "", bits);
    return out;
}

// Does the word read as this name, with or without a key length in it?
static bool reads_as(const struct transform_name *name, struct bytes word)
{
    static const char *const lengths[] = {"", "128", "192", "256"};
    char text[48];

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        snprintf(text, sizeof(text), "%s%s%s", name->prefix, lengths[i], name->suffix);
        if (bytes_equal(word, bytes_of_str(text)))
            return true;
        if (name->type != TRANSFORM_ENCR)
            break;
    }
    return false;
}

uint8_t transform_type_of_name(struct bytes word)
{
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (reads_as(&names[i], word))
            return names[i].type;
    return 0;
}
