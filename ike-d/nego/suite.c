#include "ike-d/nego/suite.h"

#include <errno.h>

static const struct encr_algorithm *find_encr(const struct proposal *p)
{
    const struct transform *t = proposal_find(p, TRANSFORM_ENCR);

    return t ? encr_find(t->id, t->key_bits) : NULL;
}

// The integrity algorithm that the cipher needs; NULL with an AEAD. False when it is missing or unknown.
static bool find_integ(const struct proposal *p, const struct encr_algorithm *encr,
                       const struct integ_algorithm **ret_integ)
{
    const struct transform *t = proposal_find(p, TRANSFORM_INTEG);

    *ret_integ = !encr->aead && t ? integ_find(t->id) : NULL;
    return encr->aead || *ret_integ;
}

// False when there is a group that we don't have.
static bool find_ke(const struct proposal *p, const struct ke_algorithm **ret_ke)
{
    const struct transform *t = proposal_find(p, TRANSFORM_KE);

    *ret_ke = t && t->id != KE_NONE ? ke_find(t->id) : NULL;
    return !t || t->id == KE_NONE || *ret_ke;
}

int ike_suite_from(const struct proposal *chosen, struct ike_suite *ret_suite)
{
    const struct transform *prf = proposal_find(chosen, TRANSFORM_PRF);
    struct ike_suite suite = {.encr = find_encr(chosen)};

    if (!suite.encr || !find_integ(chosen, suite.encr, &suite.integ) || !find_ke(chosen, &suite.ke) || !suite.ke)
        return -EINVAL;
    suite.prf = prf ? prf_find(prf->id) : NULL;
    if (!suite.prf)
        return -EINVAL;
    *ret_suite = suite;
    return 0;
}

int esp_suite_from(const struct proposal *chosen, struct esp_suite *ret_suite)
{
    const struct transform *esn = proposal_find(chosen, TRANSFORM_ESN);
    struct esp_suite suite = {.encr = find_encr(chosen), .esn = esn && esn->id == 1};

    if (!suite.encr || !find_integ(chosen, suite.encr, &suite.integ) || !find_ke(chosen, &suite.ke))
        return -EINVAL;
    *ret_suite = suite;
    return 0;
}
