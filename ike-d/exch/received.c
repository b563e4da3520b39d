#include "ike-d/exch/received.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/fragment.h"
#include "lib/core/log.h"

static struct received *fresh(struct ike_core *core)
{
    struct received *received = core->spare;
    if (received) {
        core->spare = NULL;
        return received;
    }
    received = calloc(1, sizeof(*received));
    if (!received) {
        return NULL;
    }
    received->core = core;
    received->message = message_new();
    if (!received->message) {
        free(received);
        return NULL;
    }
    return received;
}

struct received *received_new(struct ike_core *core, const struct endpoint *local, const struct endpoint *remote,
                              struct bytes datagram)
{
    struct received *received = fresh(core);
    if (!received) {
        return NULL;
    }
    received->local = *local;
    received->remote = *remote;
    received->datagram = malloc(datagram.n ? datagram.n : 1);
    if (!received->datagram) {
        received_free(received);
        return NULL;
    }
    memcpy(received->datagram, datagram.p, datagram.n);
    received->datagram_n = datagram.n;
    return received;
}

static void drop_bytes(struct received *received)
{
    free(received->datagram);
    if (received->text) {
        secret_wipe(received->text, received->text_n);
        free(received->text);
    }
    received->datagram = NULL;
    received->text = NULL;
    received->datagram_n = 0;
    received->text_n = 0;
}

void received_free(struct received *received)
{
    if (!received) {
        return;
    }
    drop_bytes(received);
    if (!received->core->spare) {
        received->core->spare = received;
        return;
    }
    message_free(received->message);
    free(received);
}

void received_free_spare(struct ike_core *core)
{
    if (core->spare) {
        message_free(core->spare->message);
        free(core->spare);
        core->spare = NULL;
    }
}

static void drop_text(struct received *received)
{
    if (received->text) {
        secret_wipe(received->text, received->text_n);
        free(received->text);
    }
    received->text = NULL;
    received->text_n = 0;
}

// The SK or SKF payload's text without its padding. Negative: not authentic, or no memory.
static int open_payload(struct received *received, const struct ike_sa *sa)
{
    const struct message *m = received->message;
    if (!sa->has_keys || !m->sk.body.p) {
        return -EBADMSG;
    }
    received->text_n = m->sk.body.n;
    received->text = malloc(received->text_n ? received->text_n : 1);
    return received->text ? sk_open(&sa->sk, m, received->text) : -ENOMEM;
}

static struct reassembly_place place_of(struct ike_sa *sa, const struct message *m)
{
    struct ike_core *core = sa->core;
    return (struct reassembly_place){
        .home = &sa->incoming[m->header.response],
        .heap = &core->deadlines,
        .budget = &core->reassembly[sa->state >= IKE_SA_STATE_ESTABLISHED],
        .now_ms = ike_core_now_ms(core),
    };
}

// All fragments are there: what is inside them takes the place of the last one's inside.
static bool join(struct received *received, struct ike_sa *sa, struct reassembly *r)
{
    drop_text(received);
    received->text = reassembly_join(r);
    received->text_n = r->text_n;
    received->message->sk.first_type = r->first_type;
    fragment_learn(sa, r->datagram_max);
    reassembly_drop(r->home);
    return received->text != NULL;
}

// RFC 7383 2.6. Nothing may come in clear beside a fragment.
static enum opening open_fragment(struct received *received, struct ike_sa *sa, int *ret_n)
{
    const struct message *m = received->message;
    struct reassembly **home = &sa->incoming[m->header.response];
    if (!fragment_is_agreed(sa) || m->payloads_n != 1) {
        return OPENING_FORGED;
    }
    if (!reassembly_wants(*home, m->header.message_id, &m->sk)) {
        return OPENING_PARTIAL;
    }
    int n = open_payload(received, sa);
    if (n < 0) {
        return OPENING_FORGED;
    }
    struct reassembly_place place = place_of(sa, m);
    struct reassembly_part part = {.message_id = m->header.message_id,
                                   .sk = &m->sk,
                                   .text = bytes_of(received->text, (size_t)n),
                                   .datagram_n = received->datagram_n};
    int added = reassembly_add(&place, &part);
    if (added < 0) {
        sa->core->drops.fragments++;
    }
    if (added != 1 || !join(received, sa, *home)) {
        return OPENING_PARTIAL;
    }
    *ret_n = (int)received->text_n;
    return OPENING_WHOLE;
}

enum opening received_open(struct received *received, struct ike_sa *sa, enum wire_status *ret_status,
                           struct wire_error *ret_error)
{
    struct message *m = received->message;
    int n = 0;
    if (m->outer_n[PAYLOAD_SKF]) {
        enum opening opening = open_fragment(received, sa, &n);
        if (opening != OPENING_WHOLE) {
            return opening;
        }
    } else {
        n = open_payload(received, sa);
    }
    if (n < 0) {
        return OPENING_FORGED;
    }
    *ret_status = message_parse_inner(m, bytes_of(received->text, (size_t)n), ret_error);
    if (*ret_status == WIRE_OK) {
        *ret_status = message_check(m, ret_error);
    }
    return OPENING_WHOLE;
}

bool received_is_authentic(const struct received *received, const struct ike_sa *sa)
{
    const struct message *m = received->message;
    uint8_t *text = sa->has_keys && m->sk.body.p ? malloc(m->sk.body.n + 1) : NULL;
    if (!text) {
        return false;
    }
    int n = sk_open(&sa->sk, m, text);
    secret_wipe(text, m->sk.body.n);
    free(text);
    return n >= 0;
}
