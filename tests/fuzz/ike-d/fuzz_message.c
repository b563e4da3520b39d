// Any datagram through the message parser. What stands in an SK payload is taken as if it had been opened, so that the
// inner chain is reached, too.
#include <stdlib.h>
#include <string.h>

#include "ike-d/wire/message.h"
#include "ike-d/wire/message_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static void check_refusal(enum wire_status status, const struct wire_error *error)
{
    if (status != WIRE_OK)
        require(error->text != NULL);
}

// Every view must lie within the message.
static void read_all(struct bytes b)
{
    volatile uint8_t sum = 0;

    for (size_t i = 0; i < b.n; i++)
        sum = (uint8_t)(sum + b.p[i]);
}

static void read_views(const struct message *m)
{
    if (message_has(m, PAYLOAD_KE))
        read_all(m->ke.data);
    if (message_has(m, PAYLOAD_NONCE))
        read_all(m->nonce);
    if (message_has(m, PAYLOAD_IDI))
        read_all(m->idi.body);
    if (message_has(m, PAYLOAD_IDR))
        read_all(m->idr.body);
    if (message_has(m, PAYLOAD_AUTH))
        read_all(m->auth.data);
    if (message_has(m, PAYLOAD_EAP))
        read_all(m->eap);
    for (unsigned i = 0; i < m->notify_n; i++) {
        read_all(m->notify[i].spi);
        read_all(m->notify[i].data);
    }
    for (unsigned i = 0; i < m->delete_n; i++)
        for (unsigned k = 0; k < m->del[i].n; k++)
            delete_payload_spi(&m->del[i], k);
    for (unsigned i = 0; i < m->vendor_id_n; i++)
        read_all(m->vendor_id[i]);
    for (unsigned i = 0; i < m->cert_n; i++)
        read_all(m->cert[i].data);
    for (unsigned i = 0; i < m->certreq_n; i++)
        read_all(m->certreq[i].data);
    if (message_has(m, PAYLOAD_CP))
        for (unsigned i = 0; i < m->cp.n; i++)
            read_all(m->cp.attribute[i].value);
}

// What was parsed can be built and parsed again, to the same.
static void rebuild(const struct message *m, struct message *again)
{
    static uint8_t buffer[WIRE_MESSAGE_BYTES_MAX];
    struct message_writer mw;
    struct wire_error error = {0};
    struct bytes built;

    message_begin(&mw, buffer, sizeof(buffer), &m->header);
    for (unsigned i = 0; i < m->notify_n; i++)
        message_put_notify(&mw, &m->notify[i]);
    if (m->sa.n)
        message_put_sa(&mw, m->sa.proposal, m->sa.n);
    if (m->tsi.n)
        message_put_ts(&mw, PAYLOAD_TSI, m->tsi.selector, m->tsi.n);
    if (m->cp.n)
        message_put_cp(&mw, &m->cp);
    if (message_finish(&mw, &built))
        return;
    require(message_parse(built, again, &error) == WIRE_OK);
    require(again->notify_n == m->notify_n && again->sa.n == m->sa.n && again->tsi.n == m->tsi.n);
    for (unsigned i = 0; i < m->notify_n; i++)
        require(again->notify[i].type == m->notify[i].type && bytes_equal(again->notify[i].data, m->notify[i].data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message *m = message_new();
    struct message *again = message_new();
    struct wire_error error = {0};
    enum wire_status status = message_parse(bytes_of(data, size), m, &error);
    char text[256];

    check_refusal(status, &error);
    if (status == WIRE_OK && m->sk.body.p) {
        require(m->sk.offset + m->sk.body.n == size);
        status = message_parse_inner(m, m->sk.body, &error);
        check_refusal(status, &error);
    }
    if (status == WIRE_OK) {
        check_refusal(message_check(m, &error), &error);
        message_format(m, text, sizeof(text));
        require(strlen(text) < sizeof(text));
        read_views(m);
        rebuild(m, again);
    }
    message_free(m);
    message_free(again);
    return 0;
}
