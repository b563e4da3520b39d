#include "lib/crypto/proposal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/crypto/proposal_word.h"

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

static int refuse_word(const struct parse *parse, const char *text)
{
    if (*text == '-' || *text == '/' || *text == ' ' || *text == '\0')
        return refuse(parse, "\"%.64s\" has an empty word; write algorithms with one '-' between them", parse->text);
    if (proposal_is_default(text))
        return refuse(parse, "\"%.64s\": write \"default\" as an entry of its own", parse->text);
    proposal_word_explain(text, parse->error, parse->error_size);
    return -EINVAL;
}

static bool contains(const struct proposal *p, uint8_t type, uint16_t id, uint16_t key_bits)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type == type && p->transform[i].id == id && p->transform[i].key_bits == key_bits)
            return true;
    return false;
}

// There are fewer algorithms than PROPOSAL_TRANSFORMS_MAX, and each is taken once.
static void add(struct proposal *p, uint8_t type, uint16_t id, uint16_t key_bits)
{
    if (!contains(p, type, id, key_bits) && p->n < PROPOSAL_TRANSFORMS_MAX)
        p->transform[p->n++] = (struct transform){.type = type, .id = id, .key_bits = key_bits};
}

// charon's log writes "IKE:" and "ESP:" in front.
static const char *behind_protocol(const struct parse *parse)
{
    const char *prefix = parse->p->protocol == PROPOSAL_IKE ? "IKE:" : "ESP:";

    return strncasecmp(parse->text, prefix, 4) == 0 ? parse->text + 4 : parse->text;
}

static int read_words(const struct parse *parse)
{
    const char *at = behind_protocol(parse);

    for (;;) {
        struct proposal_word word;

        if (!proposal_word_read(at, &word))
            return refuse_word(parse, at);
        add(parse->p, (uint8_t)word.type, word.id, word.key_bits);
        at += word.n;
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
                      proposal_word_examples(TRANSFORM_ENCR));
    if (aead && plain)
        return refuse(
            parse,
            "\"%.64s\" mixes ciphers that need an integrity algorithm with those that have their own (%s); write two "
            "proposals",
            parse->text, encr_find(aead->id, aead->key_bits)->name);
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
        return refuse(parse, "\"%.64s\" names no integrity algorithm; add one of %s", parse->text,
                      proposal_word_examples(TRANSFORM_INTEG));
    if (aead && integ)
        return refuse(parse, "\"%.64s\" needs no integrity algorithm, its cipher has its own; leave it out",
                      parse->text);
    return 0;
}

static int finish_ike(const struct parse *parse, bool aead)
{
    struct proposal *p = parse->p;
    bool named_prf = proposal_find(p, TRANSFORM_PRF) != NULL;
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
        return refuse(parse, "\"%.64s\" names no PRF; add one of %s", parse->text,
                      proposal_word_examples(TRANSFORM_PRF));
    if (proposal_has_ke(p, KE_NONE))
        return refuse(parse, "\"%.64s\": an IKE SA can't do without a key exchange group; use one of %s", parse->text,
                      proposal_word_examples(TRANSFORM_KE));
    if (!proposal_find(p, TRANSFORM_KE))
        return refuse(parse, "\"%.64s\" names no key exchange group; add one of %s", parse->text,
                      proposal_word_examples(TRANSFORM_KE));
    return 0;
}

// "none" alone is a proposal without PFS; beside groups it stays and leaves PFS to the peer (RFC 7296 1.3.1).
static void drop_lone_none(struct proposal *p)
{
    unsigned groups_n = 0;
    unsigned at = 0;

    for (unsigned i = 0; i < p->n; i++) {
        if (p->transform[i].type != TRANSFORM_KE)
            continue;
        groups_n++;
        at = i;
    }
    if (groups_n != 1 || p->transform[at].id != KE_NONE)
        return;
    p->n--;
    memmove(&p->transform[at], &p->transform[at + 1], (p->n - at) * sizeof(p->transform[0]));
}

static int finish_esp(const struct parse *parse, bool aead)
{
    if (proposal_find(parse->p, TRANSFORM_PRF))
        return refuse(parse, "\"%.64s\": an ESP proposal has no PRF; leave it out", parse->text);
    drop_lone_none(parse->p);
    if (!proposal_find(parse->p, TRANSFORM_ESN))
        add(parse->p, TRANSFORM_ESN, ESN_NONE, 0);
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
