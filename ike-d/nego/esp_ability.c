#include "ike-d/nego/esp_ability.h"

void esp_ability_add(struct esp_ability *ability, const struct esp_ability_part *part)
{
    if (ability->n < ESP_ABILITY_MAX)
        ability->parts[ability->n++] = *part;
}

static bool can(const struct esp_ability *ability, const struct transform *t)
{
    bool is_encr = t->type == TRANSFORM_ENCR, is_integ = t->type == TRANSFORM_INTEG && t->id != INTEG_NONE;

    if (!ability->known || !(is_encr || is_integ))
        return true;
    for (unsigned i = 0; i < ability->n; i++) {
        const struct esp_ability_part *part = &ability->parts[i];

        if (is_encr ? part->encr == t->id && part->key_bits == t->key_bits : !part->encr && part->integ == t->id)
            return true;
    }
    return false;
}

static bool can_all(const struct esp_ability *ability, const struct offer *offer)
{
    for (unsigned i = 0; i < offer->n; i++) {
        for (unsigned k = 0; k < offer->proposal[i].n; k++) {
            if (!can(ability, &offer->proposal[i].transform[k]))
                return false;
        }
    }
    return true;
}

// False when nothing is left of a type that was there.
static bool limit_proposal(const struct esp_ability *ability, struct proposal *p)
{
    bool had_integ = proposal_find(p, TRANSFORM_INTEG) != NULL;
    uint16_t kept = 0;

    for (unsigned i = 0; i < p->n; i++) {
        if (can(ability, &p->transform[i]))
            p->transform[kept++] = p->transform[i];
    }
    p->n = kept;
    return proposal_find(p, TRANSFORM_ENCR) && (!had_integ || proposal_find(p, TRANSFORM_INTEG));
}

struct offer *esp_ability_limit(const struct esp_ability *ability, struct offer *offer)
{
    struct offer *limited;
    unsigned kept = 0;

    if (can_all(ability, offer))
        return offer_ref(offer);
    limited = offer_for_wire(offer, bytes_of(NULL, 0), true);
    if (!limited)
        return NULL;
    for (unsigned i = 0; i < limited->n; i++) {
        if (!limit_proposal(ability, &limited->proposal[i]))
            continue;
        limited->proposal[kept] = limited->proposal[i];
        limited->proposal[kept].number = (uint8_t)(kept + 1);
        kept++;
    }
    limited->n = kept;
    return limited;
}
