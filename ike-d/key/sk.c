#include "ike-d/key/sk.h"

#include <errno.h>

int sk_init(struct sk *sk, const struct ike_suite *suite, const struct ike_keys *keys, bool initiator)
{
    struct cipher from_initiator = {0};
    struct cipher from_responder = {0};
    int r;

    r = cipher_init(&from_initiator, suite->encr, secret_key_view(&keys->sk_ei), suite->integ,
                    secret_key_view(&keys->sk_ai));
    if (!r)
        r = cipher_init(&from_responder, suite->encr, secret_key_view(&keys->sk_er), suite->integ,
                        secret_key_view(&keys->sk_ar));
    if (r) {
        cipher_wipe(&from_initiator);
        return r;
    }
    *sk = (struct sk){
        .ours = initiator ? from_initiator : from_responder,
        .theirs = initiator ? from_responder : from_initiator,
    };
    return 0;
}

void sk_wipe(struct sk *sk)
{
    cipher_wipe(&sk->ours);
    cipher_wipe(&sk->theirs);
    sk->next_iv = 0;
}

void sk_begin(const struct sk *sk, struct message_writer *mw)
{
    message_begin_sk(mw, sk->ours.encr->iv_bytes);
}

void sk_begin_fragment(const struct sk *sk, struct message_writer *mw, const struct fragment_place *place)
{
    message_begin_skf(mw, place, sk->ours.encr->iv_bytes);
}

size_t sk_sealed_bytes(const struct sk *sk, const struct message_writer *mw)
{
    size_t block = sk->ours.encr->block_bytes;
    size_t text = mw->w.n - mw->text_offset + 1; // with Pad Length

    return mw->text_offset + (text + block - 1) / block * block + cipher_icv_bytes(&sk->ours);
}

#define SKF_HEADER_BYTES 8

size_t sk_fragment_text_bytes(const struct sk *sk, size_t datagram_bytes)
{
    size_t around = HEADER_BYTES + SKF_HEADER_BYTES + sk->ours.encr->iv_bytes + cipher_icv_bytes(&sk->ours);
    size_t block = sk->ours.encr->block_bytes;
    size_t blocks = datagram_bytes > around ? (datagram_bytes - around) / block : 0;

    return blocks ? blocks * block - 1 : 0;
}

// A counter for an AEAD and for CTR, whose IVs must differ; unpredictable bytes for CBC (RFC 7296 3.14).
static int make_iv(struct sk *sk, const struct random_source *random, uint8_t *iv)
{
    size_t n = sk->ours.encr->iv_bytes;
    struct writer w = writer_of(iv, n);

    if (sk->ours.encr->mode == ENCR_MODE_CBC)
        return random_fill(random, iv, n);
    if (sk->next_iv == UINT64_MAX)
        return -EIO;
    writer_u64(&w, sk->next_iv++);
    return writer_ok(&w) ? 0 : -EIO;
}

int sk_finish(struct sk *sk, const struct random_source *random, struct message_writer *mw, struct bytes *ret_message)
{
    size_t iv_n = sk->ours.encr->iv_bytes;
    struct bytes message;
    int r;

    r = message_finish_sk(mw, sk->ours.encr->block_bytes, cipher_icv_bytes(&sk->ours), &message);
    if (!r)
        r = make_iv(sk, random, mw->w.p + mw->text_offset - iv_n);
    if (!r)
        r = cipher_seal(&sk->ours, mw->w.p, message.n, mw->text_offset - iv_n);
    if (r) {
        secret_wipe(mw->w.p, mw->w.n);
        return r == -ENOSPC ? r : -EIO;
    }
    *ret_message = message;
    return 0;
}

static int open_with(const struct cipher *cipher, const struct message *m, uint8_t *ret_text)
{
    int n = cipher_open(cipher, m->whole, m->sk.offset, ret_text);
    size_t padding;

    if (n < 0)
        return n;
    // the last byte is the pad length (RFC 7296 3.14); authentic, so that its check may take its time
    padding = n > 0 ? ret_text[n - 1] : 0;
    if (n == 0 || padding + 1 > (size_t)n) {
        secret_wipe(ret_text, (size_t)n);
        return -EBADMSG;
    }
    return n - (int)padding - 1;
}

int sk_open(const struct sk *sk, const struct message *m, uint8_t *ret_text)
{
    return open_with(&sk->theirs, m, ret_text);
}

int sk_open_own(const struct sk *sk, const struct message *m, uint8_t *ret_text)
{
    return open_with(&sk->ours, m, ret_text);
}
