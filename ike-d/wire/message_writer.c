#include "ike-d/wire/message_writer.h"

#include <errno.h>

#include "ike-d/wire/sa_payload.h"
#include "ike-d/wire/ts_payload.h"

#define FLAG_CRITICAL 0x80

void message_begin(struct message_writer *mw, void *buffer, size_t capacity, const struct ike_header *header)
{
    struct ike_header h = *header;

    h.next_payload = PAYLOAD_NONE;
    h.length = 0;
    *mw = (struct message_writer){
        .w = writer_of(buffer, capacity < WIRE_MESSAGE_BYTES_MAX ? capacity : WIRE_MESSAGE_BYTES_MAX),
        .header = h,
        .next_offset = HEADER_NEXT_PAYLOAD_OFFSET,
    };
    header_encode(&h, &mw->w);
}

// Writes a generic header and links it to the chain. Returns where it starts, for end().
static size_t begin(struct message_writer *mw, uint8_t type, bool critical)
{
    size_t start = mw->w.n;

    writer_patch_u8(&mw->w, mw->next_offset, type);
    mw->next_offset = start;
    writer_u8(&mw->w, PAYLOAD_NONE);
    writer_u8(&mw->w, critical ? FLAG_CRITICAL : 0);
    writer_u16(&mw->w, 0);
    return start;
}

static void end(struct message_writer *mw, size_t start)
{
    writer_patch_u16(&mw->w, start + 2, (uint16_t)(mw->w.n - start));
}

void message_put_sa(struct message_writer *mw, const struct proposal *proposals, unsigned n)
{
    size_t start = begin(mw, PAYLOAD_SA, false);

    sa_payload_encode(proposals, n, &mw->w);
    end(mw, start);
}

void message_put_ke(struct message_writer *mw, uint16_t group, struct bytes data)
{
    size_t start = begin(mw, PAYLOAD_KE, false);

    writer_u16(&mw->w, group);
    writer_u16(&mw->w, 0);
    writer_bytes(&mw->w, data);
    end(mw, start);
}

void message_put_nonce(struct message_writer *mw, struct bytes nonce)
{
    message_put_raw(mw, PAYLOAD_NONCE, false, nonce);
}

void message_put_id(struct message_writer *mw, enum payload_type type, const struct identity *id)
{
    size_t start = begin(mw, (uint8_t)type, false);

    writer_u8(&mw->w, (uint8_t)id->type);
    writer_zero(&mw->w, 3);
    writer_bytes(&mw->w, bytes_of(id->data, id->n));
    end(mw, start);
}

void message_put_auth(struct message_writer *mw, uint8_t method, struct bytes data)
{
    size_t start = begin(mw, PAYLOAD_AUTH, false);

    writer_u8(&mw->w, method);
    writer_zero(&mw->w, 3);
    writer_bytes(&mw->w, data);
    end(mw, start);
}

void message_put_notify(struct message_writer *mw, const struct notify_payload *notify)
{
    size_t start = begin(mw, PAYLOAD_NOTIFY, false);

    writer_u8(&mw->w, notify->protocol);
    writer_u8(&mw->w, (uint8_t)notify->spi.n);
    writer_u16(&mw->w, notify->type);
    writer_bytes(&mw->w, notify->spi);
    writer_bytes(&mw->w, notify->data);
    end(mw, start);
}

void message_put_status(struct message_writer *mw, enum notify_type type, struct bytes data)
{
    struct notify_payload notify = {.type = (uint16_t)type, .data = data};

    message_put_notify(mw, &notify);
}

static void put_delete(struct message_writer *mw, uint8_t protocol, const uint32_t *spis, uint16_t n)
{
    size_t start = begin(mw, PAYLOAD_DELETE, false);

    writer_u8(&mw->w, protocol);
    writer_u8(&mw->w, n ? 4 : 0);
    writer_u16(&mw->w, n);
    for (unsigned i = 0; i < n; i++)
        writer_u32(&mw->w, spis[i]);
    end(mw, start);
}

void message_put_delete_ike(struct message_writer *mw)
{
    put_delete(mw, PROPOSAL_IKE, NULL, 0);
}

void message_put_delete_esp(struct message_writer *mw, const uint32_t *spis, uint16_t n)
{
    put_delete(mw, PROPOSAL_ESP, spis, n);
}

void message_put_ts(struct message_writer *mw, enum payload_type type, const struct selector *selectors, unsigned n)
{
    size_t start = begin(mw, (uint8_t)type, false);

    ts_payload_encode(selectors, n, &mw->w);
    end(mw, start);
}

void message_put_cp(struct message_writer *mw, const struct cp_payload *cp)
{
    size_t start = begin(mw, PAYLOAD_CP, false);

    writer_u8(&mw->w, cp->type);
    writer_zero(&mw->w, 3);
    for (unsigned i = 0; i < cp->n; i++) {
        writer_u16(&mw->w, cp->attribute[i].type);
        writer_u16(&mw->w, (uint16_t)cp->attribute[i].value.n);
        writer_bytes(&mw->w, cp->attribute[i].value);
    }
    end(mw, start);
}

void message_put_cert(struct message_writer *mw, enum payload_type type, uint8_t encoding, struct bytes data)
{
    size_t start = begin(mw, (uint8_t)type, false);

    writer_u8(&mw->w, encoding);
    writer_bytes(&mw->w, data);
    end(mw, start);
}

void message_put_raw(struct message_writer *mw, uint8_t type, bool critical, struct bytes body)
{
    size_t start = begin(mw, type, critical);

    writer_bytes(&mw->w, body);
    end(mw, start);
}

void message_begin_sk(struct message_writer *mw, size_t iv_bytes)
{
    // the next-payload byte of SK names the first payload inside, so the chain simply goes on (RFC 7296 3.14)
    mw->sk_offset = begin(mw, PAYLOAD_SK, false);
    writer_zero(&mw->w, iv_bytes);
    mw->text_offset = mw->w.n;
}

void message_begin_skf(struct message_writer *mw, const struct fragment_place *place, size_t iv_bytes)
{
    mw->sk_offset = begin(mw, PAYLOAD_SKF, false);
    // only the first fragment names what is inside (RFC 7383 2.5)
    writer_patch_u8(&mw->w, mw->sk_offset, place->number == 1 ? place->first_type : (uint8_t)PAYLOAD_NONE);
    writer_u16(&mw->w, place->number);
    writer_u16(&mw->w, place->total);
    writer_zero(&mw->w, iv_bytes);
    mw->text_offset = mw->w.n;
}

void message_put_text(struct message_writer *mw, struct bytes text)
{
    writer_bytes(&mw->w, text);
}

static int finish(struct message_writer *mw, struct bytes *ret_message)
{
    writer_patch_u32(&mw->w, HEADER_LENGTH_OFFSET, (uint32_t)mw->w.n);
    if (!writer_ok(&mw->w))
        return -ENOSPC;
    *ret_message = writer_view(&mw->w);
    return 0;
}

int message_finish_sk(struct message_writer *mw, size_t block_bytes, size_t icv_bytes, struct bytes *ret_message)
{
    size_t text_n = mw->w.n - mw->text_offset;
    size_t padding = (block_bytes - (text_n + 1) % block_bytes) % block_bytes;

    writer_zero(&mw->w, padding);
    writer_u8(&mw->w, (uint8_t)padding); // Pad Length
    writer_zero(&mw->w, icv_bytes);
    end(mw, mw->sk_offset);
    return finish(mw, ret_message);
}

int message_finish(struct message_writer *mw, struct bytes *ret_message)
{
    return finish(mw, ret_message);
}
