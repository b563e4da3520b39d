#include "tests/dialogue/wire_text.h"

#include <check.h>
#include <stdio.h>

#include "ike-d/exch/received.h"

char *wire_text(struct ike_core *core, struct bytes datagram, char out[WIRE_TEXT_MAX])
{
    static const struct endpoint nowhere;
    struct received *received = received_new(core, &nowhere, &nowhere, datagram);
    struct message *m = received->message;
    enum wire_status status;
    struct wire_error error;
    ck_assert_int_eq(message_parse(bytes_of(received->datagram, received->datagram_n), m, &error), WIRE_OK);
    struct ike_sa *sa =
        sa_table_find(&core->sas, m->header.initiator ? m->header.responder_spi : m->header.initiator_spi);
    if (sa && sa->has_keys && received_open(received, sa, &status, &error) == OPENING_WHOLE) {
        (void)message_format(m, out, WIRE_TEXT_MAX);
    } else {
        (void)snprintf(out, WIRE_TEXT_MAX, "%s %s that can't be read", exchange_name(m->header.exchange),
                       m->header.response ? "response" : "request");
    }
    received_free(received);
    return out;
}
