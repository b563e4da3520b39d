#include "ike-d/sa/reassembly.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_limits.h"
#include "lib/core/secret.h"

static size_t frame_bytes(uint16_t total)
{
    return sizeof(struct reassembly) + total * sizeof(struct fragment_text);
}

static void on_expiry(void *arg)
{
    reassembly_drop(arg);
}

bool reassembly_wants(const struct reassembly *r, uint32_t message_id, const struct sk_payload *sk)
{
    if (sk->fragments > IKE_FRAGMENTS_MAX) {
        return false;
    }
    if (!r || r->message_id != message_id || sk->fragments > r->total) {
        return true;
    }
    return sk->fragments == r->total && !r->fragment[sk->fragment - 1].p;
}

static bool take_budget(struct reassembly_budget *budget, size_t n)
{
    if (n > IKE_REASSEMBLY_BYTES_MAX - budget->used_bytes) {
        return false;
    }
    budget->used_bytes += n;
    return true;
}

static struct reassembly *begin(const struct reassembly_place *place, const struct reassembly_part *part)
{
    uint16_t total = part->sk->fragments;
    reassembly_drop(place->home);
    if (!take_budget(place->budget, frame_bytes(total))) {
        return NULL;
    }
    struct reassembly *r = calloc(1, frame_bytes(total));
    if (!r || deadline_init(place->heap, &r->expiry, on_expiry, place->home) < 0) {
        place->budget->used_bytes -= frame_bytes(total);
        free(r);
        return NULL;
    }
    r->home = place->home;
    r->heap = place->heap;
    r->budget = place->budget;
    r->message_id = part->message_id;
    r->total = total;
    deadline_set(place->heap, &r->expiry, place->now_ms + IKE_REASSEMBLY_LIFETIME_MS);
    *place->home = r;
    return r;
}

static int keep(struct reassembly *r, const struct reassembly_part *part)
{
    struct fragment_text *to = &r->fragment[part->sk->fragment - 1];
    uint8_t *copy = malloc(part->text.n ? part->text.n : 1);
    if (!copy || !take_budget(r->budget, part->text.n)) {
        free(copy);
        return -ENOMEM;
    }
    memcpy(copy, part->text.p, part->text.n);
    *to = (struct fragment_text){.p = copy, .n = part->text.n};
    r->text_n += part->text.n;
    r->present++;
    r->datagram_max = part->datagram_n > r->datagram_max ? part->datagram_n : r->datagram_max;
    if (part->sk->fragment == 1) {
        r->first_type = part->sk->first_type;
    }
    return 0;
}

int reassembly_add(const struct reassembly_place *place, const struct reassembly_part *part)
{
    struct reassembly *r = *place->home;
    if (!r || r->message_id != part->message_id || part->sk->fragments > r->total) {
        r = begin(place, part);
    }
    if (!r) {
        return -ENOMEM;
    }
    if (part->text.n > WIRE_MESSAGE_BYTES_MAX - r->text_n) {
        reassembly_drop(place->home);
        return -EMSGSIZE;
    }
    int error = keep(r, part);
    return error < 0 ? error : r->present == r->total;
}

uint8_t *reassembly_join(const struct reassembly *r)
{
    uint8_t *text = malloc(r->text_n ? r->text_n : 1);
    size_t n = 0;
    for (uint16_t i = 0; text && i < r->total; i++) {
        memcpy(text + n, r->fragment[i].p, r->fragment[i].n);
        n += r->fragment[i].n;
    }
    return text;
}

void reassembly_drop(struct reassembly **home)
{
    struct reassembly *r = *home;
    if (!r) {
        return;
    }
    *home = NULL;
    deadline_done(r->heap, &r->expiry);
    for (uint16_t i = 0; i < r->total; i++) {
        if (r->fragment[i].p) {
            secret_wipe(r->fragment[i].p, r->fragment[i].n);
            free(r->fragment[i].p);
        }
    }
    r->budget->used_bytes -= r->text_n + frame_bytes(r->total);
    free(r);
}
