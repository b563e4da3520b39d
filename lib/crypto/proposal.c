#include "lib/crypto/proposal.h"

#include <stdio.h>
#include <strings.h>

const char *const proposal_ike_defaults[] = {
    "aes256gcm16-prfsha384-ecp384",
    "aes128gcm16-prfsha256-x25519",
    "aes256-sha256-ecp256",
    "aes256-sha256-modp2048",
    NULL,
};

const char *const proposal_esp_defaults[] = {"aes256gcm16", "aes128gcm16", "aes256-sha256", NULL};

bool proposal_is_default(const char *text)
{
    return strcasecmp(text, "default") == 0;
}

const struct transform *proposal_find(const struct proposal *p, enum transform_type type)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type == type)
            return &p->transform[i];
    return NULL;
}

bool proposal_has_ke(const struct proposal *p, uint16_t group)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type == TRANSFORM_KE && p->transform[i].id == group)
            return true;
    return false;
}

uint16_t proposal_prf_of_integ(uint16_t integ)
{
    switch (integ) {
    case INTEG_HMAC_MD5_96:
        return PRF_HMAC_MD5;
    case INTEG_HMAC_SHA1_96:
        return PRF_HMAC_SHA1;
    case INTEG_AES_XCBC_96:
        return PRF_AES128_XCBC;
    case INTEG_AES_CMAC_96:
        return PRF_AES128_CMAC;
    case INTEG_HMAC_SHA2_256_128:
        return PRF_HMAC_SHA2_256;
    case INTEG_HMAC_SHA2_384_192:
        return PRF_HMAC_SHA2_384;
    case INTEG_HMAC_SHA2_512_256:
        return PRF_HMAC_SHA2_512;
    default:
        return 0;
    }
}

// The i-th transform of a type; NULL behind the last.
static const struct transform *nth(const struct proposal *p, uint8_t type, unsigned i)
{
    for (unsigned k = 0; k < p->n; k++)
        if (p->transform[k].type == type && i-- == 0)
            return &p->transform[k];
    return NULL;
}

// Are the PRFs just those that come with the integrity algorithms? Then a text leaves them out.
static bool prf_is_implied(const struct proposal *p)
{
    unsigned i = 0;

    for (const struct transform *integ; (integ = nth(p, TRANSFORM_INTEG, i)); i++) {
        const struct transform *prf = nth(p, TRANSFORM_PRF, i);

        if (!prf || prf->id != proposal_prf_of_integ(integ->id))
            return false;
    }
    return i > 0 && !nth(p, TRANSFORM_PRF, i);
}

static bool offers_esn(const struct proposal *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type == TRANSFORM_ESN && p->transform[i].id != ESN_NONE)
            return true;
    return false;
}

static bool is_silent(const struct proposal *p, const struct transform *t)
{
    switch (t->type) {
    case TRANSFORM_PRF:
        return prf_is_implied(p);
    case TRANSFORM_INTEG:
        return t->id == INTEG_NONE;
    case TRANSFORM_ESN:
        // the default, unless both are offered
        return t->id == ESN_NONE && !offers_esn(p);
    default:
        return false;
    }
}

static void format_transform(const struct transform *t, char *out, unsigned out_size)
{
    if (t->type == 0 || t->type > TRANSFORM_ESN)
        snprintf(out, out_size, "type%u-%u", t->type, t->id);
    else
        transform_format(t->type, t->id, t->key_bits, out, out_size);
}

char *proposal_format(const struct proposal *p, char *out, unsigned out_size)
{
    static const uint8_t order[] = {TRANSFORM_ENCR, TRANSFORM_INTEG, TRANSFORM_PRF, TRANSFORM_KE, TRANSFORM_ESN, 0};
    char name[48];
    size_t used = 0;

    if (out_size)
        out[0] = '\0';
    for (unsigned k = 0; k < sizeof(order); k++) {
        for (unsigned i = 0; i < p->n && used < out_size; i++) {
            const struct transform *t = &p->transform[i];
            bool in_turn = order[k] ? t->type == order[k] : t->type == 0 || t->type > TRANSFORM_ESN;

            if (!in_turn || is_silent(p, t))
                continue;
            format_transform(t, name, sizeof(name));
            used += (unsigned)snprintf(out + used, out_size - used, "%s%s", used ? "-" : "", name);
        }
    }
    return out;
}

bool proposal_list_weak(const struct proposal *p, char *out, unsigned out_size)
{
    char name[48];
    size_t used = 0;

    if (out_size)
        out[0] = '\0';
    for (unsigned i = 0; i < p->n && used < out_size; i++) {
        const struct transform *t = &p->transform[i];
        const char *instead = algorithm_instead(t->type, t->id, t->key_bits);

        // a PRF that came along with its hash is named once
        if (!instead || (t->type == TRANSFORM_PRF && is_silent(p, t)))
            continue;
        format_transform(t, name, sizeof(name));
        used += (size_t)snprintf(out + used, out_size - used, "%s%s (use %s)", used ? ", " : "", name, instead);
    }
    return used > 0;
}
