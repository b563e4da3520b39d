#include "ike-d/nego/offer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ESP_SPI_BYTES 4

static struct offer *allocate(unsigned n)
{
    struct offer *offer = calloc(1, sizeof(*offer) + n * sizeof(struct proposal));

    if (offer)
        offer->refs = 1;
    return offer;
}

// What the configuration names, with the defaults in place of the word for them.
struct named {
    unsigned n;
    const char *text[WIRE_PROPOSALS_MAX];
};

static void name_one(struct named *named, const char *text)
{
    if (named->n < WIRE_PROPOSALS_MAX)
        named->text[named->n] = text;
    named->n++;
}

static void name_defaults(struct named *named, enum proposal_protocol protocol)
{
    const char *const *defaults = protocol == PROPOSAL_IKE ? proposal_ike_defaults : proposal_esp_defaults;

    for (unsigned i = 0; defaults[i]; i++)
        name_one(named, defaults[i]);
}

static int parse_all(struct offer *offer, const struct named *named, enum proposal_protocol protocol, char *ret_error,
                     unsigned error_size)
{
    for (; offer->n < named->n; offer->n++) {
        struct proposal *p = &offer->proposal[offer->n];
        int r = proposal_parse(named->text[offer->n], protocol, p, ret_error, error_size);

        if (r)
            return r;
        p->number = (uint8_t)(offer->n + 1);
    }
    return 0;
}

int offer_new(const char *const *texts, unsigned n, enum proposal_protocol protocol, struct offer **ret_offer,
              char *ret_error, unsigned error_size)
{
    struct named named = {0};
    struct offer *offer;
    int r;

    for (unsigned i = 0; i < n; i++) {
        if (proposal_is_default(texts[i]))
            name_defaults(&named, protocol);
        else
            name_one(&named, texts[i]);
    }
    if (n == 0)
        name_defaults(&named, protocol);
    if (named.n > WIRE_PROPOSALS_MAX) {
        snprintf(ret_error, error_size, "%u proposals are too many; name at most %d", named.n, WIRE_PROPOSALS_MAX);
        return -EINVAL;
    }
    offer = allocate(named.n);
    if (!offer)
        return -ENOMEM;
    r = parse_all(offer, &named, protocol, ret_error, error_size);
    if (r)
        offer_free(offer);
    else
        *ret_offer = offer;
    return r;
}

struct offer *offer_ref(struct offer *offer)
{
    offer->refs++;
    return offer;
}

void offer_free(struct offer *offer)
{
    if (offer && --offer->refs == 0)
        free(offer);
}

// Keeps the transforms of other types, and of KE only that group (KE_NONE: none).
static void keep_group(struct proposal *p, uint16_t group)
{
    uint16_t kept = 0;

    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type != TRANSFORM_KE || (group != KE_NONE && p->transform[i].id == group))
            p->transform[kept++] = p->transform[i];
    p->n = kept;
}

struct offer *offer_for_wire(const struct offer *offer, struct bytes spi, bool with_ke)
{
    struct offer *copy = allocate(offer->n);

    if (!copy)
        return NULL;
    for (; copy->n < offer->n; copy->n++) {
        struct proposal *p = &copy->proposal[copy->n];

        *p = offer->proposal[copy->n];
        if (!with_ke)
            keep_group(p, KE_NONE);
        p->spi_size = (uint8_t)(spi.n < sizeof(p->spi) ? spi.n : sizeof(p->spi));
        if (p->spi_size)
            memcpy(p->spi, spi.p, p->spi_size);
    }
    return copy;
}

static uint16_t first_group(const struct proposal *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->transform[i].type == TRANSFORM_KE && p->transform[i].id != KE_NONE)
            return p->transform[i].id;
    return KE_NONE;
}

uint16_t offer_first_group(const struct offer *offer)
{
    uint16_t group = KE_NONE;

    for (unsigned i = 0; i < offer->n && group == KE_NONE; i++)
        group = first_group(&offer->proposal[i]);
    return group;
}

bool offer_has_group(const struct offer *offer, uint16_t group)
{
    for (unsigned i = 0; i < offer->n; i++)
        if (proposal_has_ke(&offer->proposal[i], group))
            return true;
    return false;
}

// One of ours against what the peer offers. The group that the peer guessed goes before our own order of groups: it is
// as good by our own word, being in the same proposal.
static bool choose_from(const struct proposal *ours, const struct offer *peer, uint16_t ke_group,
                        struct proposal *ret_chosen)
{
    char why[1];

    if (ke_group != KE_NONE && proposal_has_ke(ours, ke_group)) {
        struct proposal guessed = *ours;

        keep_group(&guessed, ke_group);
        if (proposal_select(&guessed, 1, peer->proposal, peer->n, ret_chosen, why, sizeof(why)))
            return true;
    }
    return proposal_select(ours, 1, peer->proposal, peer->n, ret_chosen, why, sizeof(why));
}

static void choose(const struct offer *ours, const struct offer *peer, uint16_t ke_group, struct choice *ret_choice)
{
    struct choice choice = {.notify = NOTIFY_NO_PROPOSAL_CHOSEN};
    const struct transform *ke;

    for (unsigned i = 0; i < ours->n; i++) {
        if (!choose_from(&ours->proposal[i], peer, ke_group, &choice.chosen))
            continue;
        ke = proposal_find(&choice.chosen, TRANSFORM_KE);
        choice.group = ke ? ke->id : (uint16_t)KE_NONE;
        choice.notify = choice.group == ke_group || choice.group == KE_NONE ? NOTIFY_NONE : NOTIFY_INVALID_KE_PAYLOAD;
        break;
    }
    if (choice.notify == NOTIFY_NO_PROPOSAL_CHOSEN)
        proposal_select(ours->proposal, ours->n, peer->proposal, peer->n, &choice.chosen, choice.why,
                        sizeof(choice.why));
    else if (choice.notify == NOTIFY_INVALID_KE_PAYLOAD)
        snprintf(choice.why, sizeof(choice.why), "the KE payload is of group %u, wanted is group %u", ke_group,
                 choice.group);
    *ret_choice = choice;
}

static void out_of_memory(struct choice *ret_choice)
{
    *ret_choice = (struct choice){.notify = NOTIFY_NO_PROPOSAL_CHOSEN};
    snprintf(ret_choice->why, sizeof(ret_choice->why), "out of memory");
}

void offer_choose_ike(const struct offer *offer, const struct sa_payload *peer, uint16_t ke_group,
                      struct choice *ret_choice)
{
    struct offer *theirs = allocate(peer->n);

    if (!theirs) {
        out_of_memory(ret_choice);
        return;
    }
    for (; theirs->n < peer->n; theirs->n++) {
        struct proposal *p = &theirs->proposal[theirs->n];

        *p = peer->proposal[theirs->n];
        // macOS rekeys its IKE SA with proposals of protocol ESP
        if (p->protocol == PROPOSAL_ESP)
            p->protocol = PROPOSAL_IKE;
    }
    choose(offer, theirs, ke_group, ret_choice);
    offer_free(theirs);
}

void offer_choose_esp(const struct offer *offer, const struct sa_payload *peer, bool with_ke, uint16_t ke_group,
                      struct choice *ret_choice)
{
    struct offer *theirs = allocate(peer->n);
    struct offer *ours = offer_for_wire(offer, bytes_of(NULL, 0), with_ke);

    if (!theirs || !ours) {
        out_of_memory(ret_choice);
        goto out;
    }
    for (unsigned i = 0; i < peer->n; i++) {
        if (peer->proposal[i].spi_size != ESP_SPI_BYTES)
            continue;
        theirs->proposal[theirs->n] = peer->proposal[i];
        if (!with_ke)
            keep_group(&theirs->proposal[theirs->n], KE_NONE);
        theirs->n++;
    }
    choose(ours, theirs, ke_group, ret_choice);
out:
    offer_free(ours);
    offer_free(theirs);
}

int offer_accept_answer(const struct offer *sent, const struct sa_payload *answer, struct proposal *ret_chosen,
                        const char **ret_why)
{
    const struct proposal *p = &answer->proposal[0];

    if (answer->n != 1)
        *ret_why = "the answer has more than one proposal";
    else if (sent->n == 0 || p->protocol != sent->proposal[0].protocol)
        *ret_why = "the answer is for another protocol";
    else if (p->spi_size != sent->proposal[0].spi_size)
        *ret_why = "the answer's SPI has a wrong size";
    else if (!proposal_is_subset(p, sent->proposal, sent->n))
        *ret_why = "the answer is not what was offered";
    else {
        *ret_chosen = *p;
        return 0;
    }
    return -EBADMSG;
}

static char *format(const struct proposal *proposals, unsigned n, char *out, unsigned out_size)
{
    char text[PROPOSAL_TEXT_MAX];
    size_t used = 0;

    if (out_size)
        out[0] = '\0';
    for (unsigned i = 0; i < n && used < out_size; i++)
        used += (size_t)snprintf(out + used, out_size - used, "%s%s", used ? ", " : "",
                                 proposal_format(&proposals[i], text, sizeof(text)));
    return out;
}

char *offer_format(const struct offer *offer, char *out, unsigned out_size)
{
    return format(offer->proposal, offer->n, out, out_size);
}

char *offer_format_peer(const struct sa_payload *peer, char *out, unsigned out_size)
{
    return format(peer->proposal, peer->n, out, out_size);
}
