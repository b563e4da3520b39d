#include "lib/crypto/proposal.h"

#include <stdio.h>

#include "lib/crypto/transform_name.h"

// A type that a proposal leaves out stands for its id 0 (NONE, no ESN), where the protocol lets it be left out
// (RFC 7296 3.3.3, 3.3.6).
static bool may_be_absent(uint8_t type)
{
    return type == TRANSFORM_INTEG || type == TRANSFORM_KE || type == TRANSFORM_ESN;
}

static bool same(const struct transform *a, const struct transform *b)
{
    return a->type == b->type && a->id == b->id && a->key_bits == b->key_bits && !a->unknown_attribute &&
           !b->unknown_attribute;
}

static bool includes(const struct proposal *p, const struct transform *wanted)
{
    if (wanted->id == 0 && may_be_absent(wanted->type) && !proposal_find(p, wanted->type))
        return true;
    for (unsigned i = 0; i < p->n; i++)
        if (same(&p->transform[i], wanted))
            return true;
    return false;
}

// The first of ours of that type that they have too. With `ours` lacking the type, NONE is what we want.
static bool match_type(const struct proposal *ours, const struct proposal *theirs, uint8_t type,
                       struct transform *ret_transform)
{
    const struct transform none = {.type = type};

    for (unsigned i = 0; i < ours->n; i++) {
        if (ours->transform[i].type != type || !includes(theirs, &ours->transform[i]))
            continue;
        *ret_transform = ours->transform[i];
        return true;
    }
    if (proposal_find(ours, type))
        return false;
    *ret_transform = none;
    return !proposal_find(theirs, type) || (may_be_absent(type) && includes(theirs, &none));
}

static bool is_aead(const struct transform *encr)
{
    const struct encr_algorithm *algorithm = encr_find(encr->id, encr->key_bits);

    return algorithm && algorithm->aead;
}

// A transform type that we don't know makes the whole proposal unacceptable (RFC 7296 3.3.6).
static bool has_unknown_type(const struct proposal *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type < TRANSFORM_ENCR || p->transform[i].type > TRANSFORM_ESN)
            return true;
    return false;
}

#define MISMATCH_UNKNOWN_TYPE 0x80u

// Returns a bit for each type that does not match, 0: satisfied.
static unsigned match(const struct proposal *ours, const struct proposal *theirs, struct proposal *ret_chosen)
{
    struct proposal chosen = {.number = theirs->number, .protocol = theirs->protocol, .spi_size = theirs->spi_size};
    unsigned mismatch = has_unknown_type(theirs) ? MISMATCH_UNKNOWN_TYPE : 0;
    bool aead = false;

    for (unsigned i = 0; i < sizeof(chosen.spi); i++)
        chosen.spi[i] = theirs->spi[i];
    for (unsigned k = TRANSFORM_ENCR; k <= TRANSFORM_ESN; k++) {
        uint8_t type = (uint8_t)k;
        struct transform t = {.type = type};
        // some peers offer integrity algorithms beside an AEAD; they mean nothing there
        bool matched = (aead && type == TRANSFORM_INTEG) || match_type(ours, theirs, type, &t);

        if (!matched) {
            mismatch |= 1u << type;
            continue;
        }
        if (type == TRANSFORM_ENCR)
            aead = is_aead(&t);
        // the answer has each type that the offer has (RFC 7296 2.7), as far as it can
        if (t.id != 0 || (proposal_find(theirs, type) && includes(theirs, &t)))
            chosen.transform[chosen.n++] = t;
    }
    if (!mismatch)
        *ret_chosen = chosen;
    return mismatch;
}

unsigned proposal_mismatch(const struct proposal *ours, const struct proposal *theirs)
{
    struct proposal chosen;

    return match(ours, theirs, &chosen);
}

static void list_type(const struct proposal *p, uint8_t type, char *out, size_t out_size)
{
    size_t used = 0;
    char name[48];

    snprintf(out, out_size, "nothing");
    for (unsigned i = 0; i < p->n && used < out_size; i++) {
        const struct transform *t = &p->transform[i];

        if (t->type != type)
            continue;
        transform_format(type, t->id, t->key_bits, name, sizeof(name));
        used += (size_t)snprintf(out + used, out_size - used, "%s%s", used ? " " : "", name);
    }
}

static void explain(const struct proposal *ours, const struct proposal *theirs, unsigned mismatch, char *out,
                    size_t out_size)
{
    char local[160];
    char remote[160];
    size_t used = 0;

    for (unsigned k = TRANSFORM_ENCR; k <= TRANSFORM_ESN && used < out_size; k++) {
        uint8_t type = (uint8_t)k;

        if (!(mismatch & 1u << type))
            continue;
        list_type(ours, type, local, sizeof(local));
        list_type(theirs, type, remote, sizeof(remote));
        used += (size_t)snprintf(out + used, out_size - used, "%sno common %s: local %s, remote %s", used ? "; " : "",
                                 transform_type_name(type), local, remote);
    }
    if (mismatch & MISMATCH_UNKNOWN_TYPE && used < out_size)
        snprintf(out + used, out_size - used, "%sthe remote proposal has a transform type that is not known here",
                 used ? "; " : "");
}

struct closest {
    const struct proposal *ours;
    const struct proposal *theirs;
    unsigned mismatch;
};

// On a tie, the later type differs: agreeing on the cipher is nearer than agreeing on the group.
static bool is_closer(unsigned mismatch, const struct closest *best)
{
    int a = __builtin_popcount(mismatch);
    int b = __builtin_popcount(best->mismatch);

    return !best->ours || a < b || (a == b && mismatch > best->mismatch);
}

bool proposal_select(const struct proposal *configured, unsigned configured_n, const struct proposal *offered,
                     unsigned offered_n, struct proposal *ret_chosen, char *ret_why, unsigned why_size)
{
    struct closest best = {0};

    for (unsigned i = 0; i < configured_n; i++) {
        for (unsigned j = 0; j < offered_n; j++) {
            unsigned mismatch;

            if (offered[j].protocol != configured[i].protocol)
                continue;
            mismatch = match(&configured[i], &offered[j], ret_chosen);
            if (!mismatch)
                return true;
            if (is_closer(mismatch, &best))
                best = (struct closest){&configured[i], &offered[j], mismatch};
        }
    }
    if (why_size)
        ret_why[0] = '\0';
    if (best.ours)
        explain(best.ours, best.theirs, best.mismatch, ret_why, why_size);
    else
        snprintf(ret_why, why_size, "the remote side offers no proposal of this protocol");
    return false;
}

static unsigned count_type(const struct proposal *p, uint8_t type)
{
    unsigned n = 0;

    for (unsigned i = 0; i < p->n; i++)
        n += p->transform[i].type == type;
    return n;
}

static bool answers(const struct proposal *answer, const struct proposal *offer)
{
    if (answer->protocol != offer->protocol || answer->number != offer->number)
        return false;
    for (unsigned i = 0; i < answer->n; i++) {
        const struct transform *t = &answer->transform[i];

        if (count_type(answer, t->type) != 1 || !includes(offer, t))
            return false;
    }
    for (unsigned i = 0; i < offer->n; i++) {
        const struct transform none = {.type = offer->transform[i].type};
        bool left_out = count_type(answer, none.type) == 0;

        if (left_out && !(may_be_absent(none.type) && includes(offer, &none)))
            return false;
    }
    return true;
}

bool proposal_is_subset(const struct proposal *answer, const struct proposal *offered, unsigned offered_n)
{
    for (unsigned i = 0; i < offered_n; i++)
        if (answers(answer, &offered[i]))
            return true;
    return false;
}
