#include "ike-d/exch/received.h"

#include <stdlib.h>
#include <string.h>

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

bool received_open(struct received *received, const struct ike_sa *sa, enum wire_status *ret_status,
                   struct wire_error *ret_error)
{
    struct message *m = received->message;
    if (!sa->has_keys || !m->outer_n[PAYLOAD_SK]) { // fragments (RFC 7383) were never agreed upon
        return false;
    }
    received->text_n = m->sk.body.n;
    received->text = malloc(received->text_n ? received->text_n : 1);
    if (!received->text) {
        return false;
    }
    int n = sk_open(&sa->sk, m, received->text);
    if (n < 0) {
        return false;
    }
    *ret_status = message_parse_inner(m, bytes_of(received->text, (size_t)n), ret_error);
    if (*ret_status == WIRE_OK) {
        *ret_status = message_check(m, ret_error);
    }
    return true;
}
