#include "lib/crypto/proposal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/crypto/transform_name.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

struct word {
    const char *text;
    uint8_t type;
    uint16_t id;
    uint16_t key_bits;
    bool alias; // another gateway's name: read, but not suggested
};

static const struct word words[] = {
    {"aes128", TRANSFORM_ENCR, ENCR_AES_CBC, 128, false},
    {"aes256", TRANSFORM_ENCR, ENCR_AES_CBC, 256, false},
    {"aes128gcm16", TRANSFORM_ENCR, ENCR_AES_GCM_16, 128, false},
    {"aes256gcm16", TRANSFORM_ENCR, ENCR_AES_GCM_16, 256, false},
    {"aes", TRANSFORM_ENCR, ENCR_AES_CBC, 128, true}, // swanctl
    {"aes128gcm128", TRANSFORM_ENCR, ENCR_AES_GCM_16, 128, true},
    {"aes256gcm128", TRANSFORM_ENCR, ENCR_AES_GCM_16, 256, true},
    {"aes128gcm", TRANSFORM_ENCR, ENCR_AES_GCM_16, 128, true},
    {"aes256gcm", TRANSFORM_ENCR, ENCR_AES_GCM_16, 256, true},
    {"aes-128", TRANSFORM_ENCR, ENCR_AES_CBC, 128, true}, // RouterOS
    {"aes-256", TRANSFORM_ENCR, ENCR_AES_CBC, 256, true},
    {"aes-128-cbc", TRANSFORM_ENCR, ENCR_AES_CBC, 128, true},
    {"aes-256-cbc", TRANSFORM_ENCR, ENCR_AES_CBC, 256, true},
    {"aes-128-gcm", TRANSFORM_ENCR, ENCR_AES_GCM_16, 128, true},
    {"aes-256-gcm", TRANSFORM_ENCR, ENCR_AES_GCM_16, 256, true},
    {"sha1", TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0, false},
    {"sha256", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0, false},
    {"sha384", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0, false},
    {"sha512", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0, false},
    {"sha", TRANSFORM_INTEG, INTEG_HMAC_SHA1_96, 0, true},
    {"sha2_256", TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0, true},
    {"sha2_384", TRANSFORM_INTEG, INTEG_HMAC_SHA2_384_192, 0, true},
    {"sha2_512", TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0, true},
    {"prfsha1", TRANSFORM_PRF, PRF_HMAC_SHA1, 0, false},
    {"prfsha256", TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0, false},
    {"prfsha384", TRANSFORM_PRF, PRF_HMAC_SHA2_384, 0, false},
    {"prfsha512", TRANSFORM_PRF, PRF_HMAC_SHA2_512, 0, false},
    {"modp2048", TRANSFORM_KE, KE_MODP2048, 0, false},
    {"modp3072", TRANSFORM_KE, KE_MODP3072, 0, false},
    {"modp4096", TRANSFORM_KE, KE_MODP4096, 0, false},
    {"ecp256", TRANSFORM_KE, KE_ECP256, 0, false},
    {"ecp384", TRANSFORM_KE, KE_ECP384, 0, false},
    {"ecp521", TRANSFORM_KE, KE_ECP521, 0, false},
    {"x25519", TRANSFORM_KE, KE_CURVE25519, 0, false},
    {"curve25519", TRANSFORM_KE, KE_CURVE25519, 0, true},
    {"noesn", TRANSFORM_ESN, 0, 0, false},
};

struct parse {
    const char *text; // whole, for messages
    struct proposal *p;
    char *error;
    unsigned error_size;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct parse *parse, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(parse->error, parse->error_size, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

// The longest word that the text starts with; RouterOS's have hyphens inside.
static const struct word *find_word(const char *text)
{
    const struct word *best = NULL;
    size_t best_n = 0;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t n = strlen(words[i].text);

        if (n > best_n && strncmp(text, words[i].text, n) == 0 && (text[n] == '-' || text[n] == '\0')) {
            best = &words[i];
            best_n = n;
        }
    }
    return best;
}

// All words of a type (0: every type), "aes128, aes256, ...".
static const char *list_words(uint8_t type, char *out, size_t out_size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(words) && used < out_size; i++)
        if (!words[i].alias && (!type || words[i].type == type))
            used += (size_t)snprintf(out + used, out_size - used, "%s%s", used ? ", " : "", words[i].text);
    return out;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

#define WORD_BYTES_MAX 24

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

            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_n];
}

static const char *guess_word(const char *text, size_t n)
{
    const char *best = NULL;
    size_t best_distance = 3;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t distance = edit_distance(text, n, words[i].text);

        if (distance < best_distance) {
            best = words[i].text;
            best_distance = distance;
        }
    }
    return best;
}

static int refuse_word(const struct parse *parse, const char *text)
{
    size_t n = strcspn(text, "-");
    uint8_t type = transform_type_of_name(bytes_of(text, n));
    const char *guess = guess_word(text, n);
    int shown = n > 32 ? 32 : (int)n;
    char list[512];

    if (n == 0)
        return refuse(parse, "\"%.64s\" has an empty word; write algorithms with one '-' between them", parse->text);
    if (type == TRANSFORM_ESN)
        return refuse(parse, "\"%.*s\": extended sequence numbers are not served; leave it out", shown, text);
    if (type)
        return refuse(parse, "\"%.*s\" is not supported; use one of %s", shown, text,
                      list_words(type, list, sizeof(list)));
    if (guess)
        return refuse(parse, "\"%.*s\" is not an algorithm; did you mean \"%s\"?", shown, text, guess);
    return refuse(parse, "\"%.*s\" is not an algorithm; known are %s", shown, text, list_words(0, list, sizeof(list)));
}

static bool contains(const struct proposal *p, uint8_t type, uint16_t id, uint16_t key_bits)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type == type && p->transform[i].id == id && p->transform[i].key_bits == key_bits)
            return true;
    return false;
}

// There are fewer words than PROPOSAL_TRANSFORMS_MAX, and each is taken once.
static void add(struct proposal *p, uint8_t type, uint16_t id, uint16_t key_bits)
{
    _Static_assert(COUNT_OF(words) * 2 < PROPOSAL_TRANSFORMS_MAX, "derived transforms included");
    if (!contains(p, type, id, key_bits))
        p->transform[p->n++] = (struct transform){.type = type, .id = id, .key_bits = key_bits};
}

static int read_words(const struct parse *parse)
{
    const char *at = parse->text;

    for (;;) {
        const struct word *word = find_word(at);

        if (!word)
            return refuse_word(parse, at);
        add(parse->p, word->type, word->id, word->key_bits);
        at += strlen(word->text);
        if (*at == '\0')
            return 0;
        at++;
    }
}

// ret_aead: what the encryption algorithms are, all of them.
static int check_encryption(const struct parse *parse, bool *ret_aead)
{
    const struct transform *aead = NULL;
    const struct transform *plain = NULL;
    char list[512];

    for (unsigned i = 0; i < parse->p->n; i++) {
        const struct transform *t = &parse->p->transform[i];

        if (t->type != TRANSFORM_ENCR)
            continue;
        if (encr_find(t->id, t->key_bits)->aead)
            aead = t;
        else
            plain = t;
    }
    if (!aead && !plain)
        return refuse(parse, "\"%.64s\" names no encryption algorithm; add one of %s", parse->text,
                      list_words(TRANSFORM_ENCR, list, sizeof(list)));
    if (aead && plain)
        return refuse(parse, "\"%.64s\" mixes GCM with CBC; write two proposals", parse->text);
    *ret_aead = aead != NULL;
    return 0;
}

// "aes256gcm16-sha384-ecp384": with an AEAD the hash can only mean the PRF, and swanctl reads it so too.
static void turn_integ_to_prf(struct proposal *p)
{
    for (unsigned i = 0; i < p->n; i++) {
        struct transform *t = &p->transform[i];

        if (t->type == TRANSFORM_INTEG)
            *t = (struct transform){.type = TRANSFORM_PRF, .id = proposal_prf_of_integ(t->id)};
    }
}

static void derive_prf(struct proposal *p)
{
    unsigned n = p->n;

    for (unsigned i = 0; i < n; i++)
        if (p->transform[i].type == TRANSFORM_INTEG)
            add(p, TRANSFORM_PRF, proposal_prf_of_integ(p->transform[i].id), 0);
}

static int check_integrity(const struct parse *parse, bool aead)
{
    const struct transform *integ = proposal_find(parse->p, TRANSFORM_INTEG);

    if (!aead && !integ)
        return refuse(parse, "\"%.64s\" names no integrity algorithm; add one of sha256, sha384, sha512, sha1",
                      parse->text);
    if (aead && integ)
        return refuse(parse, "\"%.64s\" needs no integrity algorithm, GCM has its own; leave it out", parse->text);
    return 0;
}

static int finish_ike(const struct parse *parse, bool aead)
{
    struct proposal *p = parse->p;
    bool named_prf = proposal_find(p, TRANSFORM_PRF) != NULL;
    char list[512];
    int r;

    if (proposal_find(p, TRANSFORM_ESN))
        return refuse(parse, "\"%.64s\": an IKE proposal has no ESN; leave it out", parse->text);
    if (aead && !named_prf)
        turn_integ_to_prf(p);
    r = check_integrity(parse, aead);
    if (r)
        return r;
    if (!aead && !named_prf)
        derive_prf(p);
    if (!proposal_find(p, TRANSFORM_PRF))
        return refuse(parse, "\"%.64s\" names no PRF; add one of prfsha256, prfsha384, prfsha512, prfsha1",
                      parse->text);
    if (!proposal_find(p, TRANSFORM_KE))
        return refuse(parse, "\"%.64s\" names no key exchange group; add one of %s", parse->text,
                      list_words(TRANSFORM_KE, list, sizeof(list)));
    return 0;
}

static int finish_esp(const struct parse *parse, bool aead)
{
    if (proposal_find(parse->p, TRANSFORM_PRF))
        return refuse(parse, "\"%.64s\": an ESP proposal has no PRF; leave it out", parse->text);
    add(parse->p, TRANSFORM_ESN, 0, 0);
    return check_integrity(parse, aead);
}

int proposal_parse(const char *text, enum proposal_protocol protocol, struct proposal *ret_proposal, char *ret_error,
                   unsigned error_size)
{
    struct proposal p = {.number = 1, .protocol = (uint8_t)protocol};
    struct parse parse = {.text = text, .p = &p, .error = ret_error, .error_size = error_size};
    bool aead = false;
    int r;

    if (protocol != PROPOSAL_IKE && protocol != PROPOSAL_ESP)
        return refuse(&parse, "proposals are of IKE or of ESP");
    r = read_words(&parse);
    if (!r)
        r = check_encryption(&parse, &aead);
    if (!r)
        r = protocol == PROPOSAL_IKE ? finish_ike(&parse, aead) : finish_esp(&parse, aead);
    if (!r)
        *ret_proposal = p;
    return r;
}
