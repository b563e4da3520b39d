// Whoever has not shown that it receives at its address gets no more bytes than it has sent, whatever it sends (RFC
// 7296 2.6): nobody can turn a gateway against a third host.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/key/cookie.h"
#include "ike-d/nego/offer.h"
#include "ike-d/wire/message_writer.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

#define PEER "192.0.2.1"

static struct world world;
static size_t sent_bytes; // by B
static unsigned sent_n;
static struct {
    size_t n;
    uint8_t b[2048];
} last;

// All that B sends is counted, and lost.
static void count(void *arg, const struct endpoint *local, const struct endpoint *remote, struct bytes datagram)
{
    (void)arg;
    (void)local;
    (void)remote;
    ck_assert_uint_le(datagram.n, sizeof(last.b));
    memcpy(last.b, datagram.p, datagram.n);
    last.n = datagram.n;
    sent_bytes += datagram.n;
    sent_n++;
}

static void begin(const struct plan *plan)
{
    world_configure(&world, B, plan, 1);
    world.gateway[B].env.send = count;
}

static void set_up(void)
{
    world_init(&world, 5);
    begin(&(struct plan){.start = TUNNEL_START_PASSIVE});
}

static void tear_down(void)
{
    world_done(&world);
}

static void deliver(const char *from, struct bytes datagram)
{
    sent_bytes = 0;
    sent_n = 0;
    world_inject(&world, B, from, datagram);
    world_run(&world, 60);
}

// Returns how many answers came, which are not longer.
static unsigned send_from(const char *from, struct bytes datagram)
{
    deliver(from, datagram);
    ck_assert_msg(sent_bytes <= datagram.n, "%zu bytes in %u answers to %zu", sent_bytes, sent_n, datagram.n);
    return sent_n;
}

struct request {
    struct message_writer mw;
    uint8_t buffer[2048];
    struct bytes message;
};

static void start(struct request *r, uint64_t spi)
{
    struct ike_header header = {.initiator_spi = spi, .exchange = EXCHANGE_IKE_SA_INIT, .initiator = true};
    message_begin(&r->mw, r->buffer, sizeof(r->buffer), &header);
}

static struct bytes finish(struct request *r)
{
    ck_assert_int_eq(message_finish(&r->mw, &r->message), 0);
    return r->message;
}

struct content {
    uint64_t spi;
    size_t nonce_n;
    uint16_t group; // 0: x25519, with a value
    struct bytes cookie;
    const struct proposal *proposal; // NULL: the one that B wants
};

// The shortest IKE_SA_INIT that can be made: no notifies, no vendor id.
static struct bytes shortest(struct request *r, const struct content *c)
{
    static const uint8_t value[32] = {9};
    uint8_t nonce[256] = {0};
    const struct offer *offer = world_tunnel(&world, B)->config->ike_offer;
    start(r, c->spi);
    if (c->cookie.n) {
        message_put_status(&r->mw, NOTIFY_COOKIE, c->cookie);
    }
    message_put_sa(&r->mw, c->proposal ? c->proposal : offer->proposal, 1);
    message_put_ke(&r->mw, c->group ? c->group : 31, bytes_of(value, c->group ? 1 : sizeof(value)));
    message_put_nonce(&r->mw, bytes_of(nonce, c->nonce_n));
    return finish(r);
}

static uint16_t notify_of(void)
{
    // header, then the notify payload's: next, flags, length, protocol, SPI size, type
    ck_assert_uint_ge(last.n, 36);
    ck_assert_uint_eq(last.b[16], PAYLOAD_NOTIFY);
    return (uint16_t)(last.b[34] << 8 | last.b[35]);
}

START_TEST(the_answer_to_ike_sa_init)
{
    static const size_t nonces[] = {16, 24, 32, 48, 256};
    struct request r;
    for (size_t i = 0; i < RUN_COUNT(nonces); i++) {
        struct content c = {.spi = 0x100 + i, .nonce_n = nonces[i]};
        struct bytes request = shortest(&r, &c);
        ck_assert_uint_eq(send_from(PEER, request), 1);
        ck_assert_uint_eq(last.b[16], PAYLOAD_SA);
        for (int repeat = 0; repeat < 4; repeat++) { // each is answered once again
            ck_assert_uint_le(send_from(PEER, request), 1);
        }
    }
}
END_TEST

// Where the rest alone is too long, the address is to be shown first. Then nothing is left out.
START_TEST(a_cookie_buys_the_long_answer)
{
    struct plan plan = {.start = TUNNEL_START_PASSIVE, .ike = "aes256gcm16-prfsha512-x25519"};
    struct request r;
    struct content c = {.spi = 0x200, .nonce_n = 16};
    uint8_t cookie[COOKIE_BYTES];
    begin(&plan);
    struct bytes request = shortest(&r, &c);
    ck_assert_uint_eq(send_from(PEER, request), 1);
    ck_assert_uint_eq(notify_of(), NOTIFY_COOKIE);
    ck_assert_uint_eq(last.n, 36 + COOKIE_BYTES);
    ck_assert_uint_eq(world_ike_sas(&world, B), 0);
    memcpy(cookie, last.b + 36, sizeof(cookie));
    c.cookie = bytes_of(cookie, sizeof(cookie));
    deliver(PEER, shortest(&r, &c));
    ck_assert_uint_eq(sent_n, 1);
    ck_assert_uint_eq(last.b[16], PAYLOAD_SA);
    ck_assert_uint_gt(last.n, r.message.n);
}
END_TEST

START_TEST(refusals)
{
    struct request r;
    struct content ke = {.spi = 0x300, .nonce_n = 16, .group = 14};
    ck_assert_uint_eq(send_from(PEER, shortest(&r, &ke)), 1);
    ck_assert_uint_eq(notify_of(), NOTIFY_INVALID_KE_PAYLOAD);
    struct proposal other = world_tunnel(&world, B)->config->ike_offer->proposal[0];
    other.transform[0].id = 3; // 3DES
    struct content bad = {.spi = 0x301, .nonce_n = 16, .proposal = &other};
    ck_assert_uint_eq(send_from(PEER, shortest(&r, &bad)), 1);
    ck_assert_uint_eq(notify_of(), NOTIFY_NO_PROPOSAL_CHOSEN);
    struct content stranger = {.spi = 0x302, .nonce_n = 16};
    ck_assert_uint_eq(send_from("203.0.113.9", shortest(&r, &stranger)), 1);
    ck_assert_uint_eq(notify_of(), NOTIFY_NO_PROPOSAL_CHOSEN);
}
END_TEST

START_TEST(a_flood_gets_cookies)
{
    struct request r;
    unsigned cookies = 0;
    for (unsigned i = 0; i < 400; i++) {
        struct content c = {.spi = 0x4000 + i, .nonce_n = 16};
        if (send_from(PEER, shortest(&r, &c)) && last.b[16] == PAYLOAD_NOTIFY) {
            cookies += notify_of() == NOTIFY_COOKIE;
        }
    }
    ck_assert_uint_gt(cookies, 100);
}
END_TEST

static void put_length(uint8_t *datagram, size_t n)
{
    for (int i = 0; i < 4; i++) {
        datagram[24 + i] = (uint8_t)(n >> (24 - 8 * i));
    }
}

// Any version, exchange and flags, about SAs that there are not, as short as possible or a bit longer.
START_TEST(short_messages)
{
    unsigned answers = 0;
    for (unsigned version = 0; version < 256; version += 16) {
        for (unsigned exchange = 0; exchange < 256; exchange++) {
            for (size_t n = 0; n <= 64; n += n < 26 || n > 42 ? 4 : 1) {
                uint8_t datagram[64] = {
                    1, [8] = (uint8_t)(exchange & 1), [17] = (uint8_t)version, [18] = (uint8_t)exchange, [19] = 0x08};
                put_length(datagram, n);
                answers += send_from(PEER, bytes_of(datagram, n));
            }
        }
    }
    ck_assert_uint_gt(answers, 20); // the rate limit lets some through
}
END_TEST

// A good request that is cut anywhere, and one with any byte changed.
START_TEST(broken_requests)
{
    struct request r;
    struct content c = {.spi = 0x500, .nonce_n = 16};
    struct bytes good = shortest(&r, &c);
    uint8_t broken[2048];
    unsigned answers = 0;
    for (size_t n = 0; n < good.n; n++) {
        memcpy(broken, good.p, good.n);
        broken[0] = (uint8_t)n;
        if (n >= 28) {
            put_length(broken, n);
        }
        answers += send_from(PEER, bytes_of(broken, n));
        memcpy(broken, good.p, good.n);
        broken[1] = (uint8_t)n;
        broken[n] ^= 0x81;
        answers += send_from(PEER, bytes_of(broken, good.n));
        world_run(&world, 500); // for the rate limits
    }
    ck_assert_uint_gt(answers, 20);
}
END_TEST

// An SA that is half open answers nothing that is not authentic.
START_TEST(half_open)
{
    struct request r;
    struct content c = {.spi = 0x600, .nonce_n = 32};
    ck_assert_uint_eq(send_from(PEER, shortest(&r, &c)), 1);
    uint8_t datagram[600];
    memset(datagram, 0xa5, sizeof(datagram));
    memcpy(datagram, last.b, 16); // both SPIs
    datagram[17] = 0x20;
    datagram[19] = 0x08;
    for (unsigned exchange = EXCHANGE_IKE_AUTH; exchange <= EXCHANGE_INFORMATIONAL; exchange++) {
        for (unsigned id = 0; id < 3; id++) {
            datagram[16] = PAYLOAD_SK;
            datagram[18] = (uint8_t)exchange;
            datagram[23] = (uint8_t)id;
            put_length(datagram, sizeof(datagram));
            ck_assert_uint_eq(send_from(PEER, bytes_of(datagram, sizeof(datagram))), 0);
        }
    }
    sent_n = 0;
    world_run(&world, 120000); // nor does it repeat by itself
    ck_assert_uint_eq(sent_n, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("amplification");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, the_answer_to_ike_sa_init);
    tcase_add_test(tcase, a_cookie_buys_the_long_answer);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, a_flood_gets_cookies);
    tcase_add_test(tcase, short_messages);
    tcase_add_test(tcase, broken_requests);
    tcase_add_test(tcase, half_open);
    return run_case(tcase);
}
