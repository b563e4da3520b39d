#include "ike-d/exch/fragment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/wire/message.h"
#include "lib/core/log.h"

#define UDP_HEADER_BYTES     8u
#define NON_ESP_MARKER_BYTES 4u

bool fragment_is_agreed(const struct ike_sa *sa)
{
    return sa->has_keys && sa->own_features.fragmentation && sa->peer_features.fragmentation;
}

static size_t around_datagram(const struct ike_sa *sa)
{
    size_t ip = sa->remote.address.family == 6 ? 40 : 20;
    return ip + UDP_HEADER_BYTES + (sa->remote.port == IKE_PORT ? 0 : NON_ESP_MARKER_BYTES);
}

static size_t datagram_max(const struct ike_sa *sa)
{
    size_t packet = sa->packet_bytes ? sa->packet_bytes : IKE_PACKET_BYTES;
    return packet - around_datagram(sa);
}

struct bytes fragment_next(struct bytes *messages)
{
    struct reader r = reader_of(*messages);
    struct bytes first = {0};
    uint32_t length;
    if (messages->n == 0 || reader_skip(&r, HEADER_LENGTH_OFFSET) || reader_u32(&r, &length) || length > messages->n) {
        return first;
    }
    first = bytes_of(messages->p, length);
    *messages = bytes_of(messages->p + length, messages->n - length);
    return first;
}

// What is divided.
struct whole {
    const struct ike_header *header;
    uint8_t first_type;
    struct bytes text;
};

static int seal_one(struct ike_sa *sa, const struct whole *whole, const struct fragment_place *place,
                    struct writer *out)
{
    size_t step = sk_fragment_text_bytes(&sa->sk, datagram_max(sa));
    size_t at = (place->number - 1u) * step;
    size_t n = whole->text.n - at < step ? whole->text.n - at : step;
    struct message_writer mw;
    struct bytes message;
    message_begin(&mw, out->p + out->n, out->capacity - out->n, whole->header);
    sk_begin_fragment(&sa->sk, &mw, place);
    message_put_text(&mw, bytes_of(whole->text.p + at, n));
    int error = sk_finish(&sa->sk, sa->core->env->random, &mw, &message);
    if (error == 0) {
        out->n += message.n;
    }
    return error;
}

static int seal_all(struct ike_sa *sa, const struct whole *whole, struct kept_message *ret_kept)
{
    size_t step = sk_fragment_text_bytes(&sa->sk, datagram_max(sa));
    size_t total = step ? (whole->text.n + step - 1) / step : 0;
    if (total == 0 || total > IKE_FRAGMENTS_MAX) {
        return -ENOSPC;
    }
    size_t capacity = total * datagram_max(sa);
    uint8_t *buffer = malloc(capacity);
    if (!buffer) {
        return -ENOMEM;
    }
    struct writer out = writer_of(buffer, capacity);
    int error = 0;
    for (size_t i = 1; i <= total && error == 0; i++) {
        struct fragment_place place = {
            .number = (uint16_t)i, .total = (uint16_t)total, .first_type = whole->first_type};
        error = seal_one(sa, whole, &place, &out);
    }
    if (error < 0) {
        free(buffer);
        return error;
    }
    kept_message_drop(ret_kept);
    *ret_kept = (struct kept_message){.p = buffer, .n = out.n};
    log_debug("fragmented", LOG_HEX64("spi_i", sa->spi_i), LOG_UINT("message_id", whole->header->message_id),
              LOG_UINT("fragments", total), LOG_UINT("bytes", out.n));
    return 0;
}

int fragment_seal(struct ike_sa *sa, struct message_writer *mw, struct kept_message *ret_kept)
{
    if (writer_ok(&mw->w) && fragment_is_agreed(sa) && sk_sealed_bytes(&sa->sk, mw) > datagram_max(sa)) {
        struct whole whole = {.header = &mw->header,
                              .first_type = mw->w.p[mw->sk_offset],
                              .text = bytes_of(mw->w.p + mw->text_offset, mw->w.n - mw->text_offset)};
        int error = seal_all(sa, &whole, ret_kept);
        secret_wipe(mw->w.p, mw->w.n);
        return error;
    }
    struct bytes message;
    int error = sk_finish(&sa->sk, sa->core->env->random, mw, &message);
    return error < 0 ? error : kept_message_set(ret_kept, message);
}

// Opens what we have sealed, one message behind the other, into text. False: it is not of that kind.
static bool reopen(struct ike_sa *sa, struct bytes sealed, struct message *m, struct whole *whole, uint8_t *text)
{
    struct wire_error error;
    struct bytes part = fragment_next(&sealed);
    size_t n = 0;
    for (bool first = true; part.p; first = false) {
        int got = message_parse(part, m, &error) == WIRE_OK && m->sk.body.p ? sk_open_own(&sa->sk, m, text + n) : -1;
        if (got < 0) {
            return false;
        }
        n += (size_t)got;
        if (first) {
            whole->first_type = m->sk.first_type;
        }
        part = fragment_next(&sealed);
    }
    whole->header = &m->header;
    whole->text = bytes_of(text, n);
    return n > 0;
}

static void divide_anew(struct ike_sa *sa, struct kept_message *kept)
{
    size_t n = kept->n;
    struct message *m = message_new();
    uint8_t *text = malloc(n);
    struct whole whole;
    if (m && text && reopen(sa, kept_message_view(kept), m, &whole, text)) {
        (void)seal_all(sa, &whole, kept);
    }
    if (text) {
        secret_wipe(text, n);
        free(text);
    }
    message_free(m);
}

// Every IPv6 path carries 1280 bytes, and IPv4 hosts take 576 (RFC 7383 2.5.1).
void fragment_shrink(struct ike_sa *sa, struct kept_message *kept)
{
    size_t before = datagram_max(sa);
    if (!fragment_is_agreed(sa) || sa->remote.address.family == 6 || sa->packet_bytes == IKE_PACKET_MIN_BYTES ||
        kept->n + around_datagram(sa) <= IKE_PACKET_MIN_BYTES) {
        return;
    }
    sa->packet_bytes = IKE_PACKET_MIN_BYTES;
    log_info("fragments_shrunk", LOG_HEX64("spi_i", sa->spi_i), LOG_UINT("from", before),
             LOG_UINT("to", datagram_max(sa)));
    divide_anew(sa, kept);
}

void fragment_learn(struct ike_sa *sa, size_t datagram_n)
{
    size_t least = sa->remote.address.family == 6 ? IKE_PACKET_BYTES : IKE_PACKET_MIN_BYTES;
    size_t packet = datagram_n + around_datagram(sa);
    packet = packet < least ? least : packet;
    if (packet < (sa->packet_bytes ? sa->packet_bytes : IKE_PACKET_BYTES)) {
        sa->packet_bytes = (uint16_t)packet;
    }
}
