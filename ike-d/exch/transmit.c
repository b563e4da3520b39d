#include "ike-d/exch/transmit.h"

#include <string.h>

#include "ike-d/exch/address_fallback.h"
#include "ike-d/exch/fragment.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/mobike_initiator.h"
#include "lib/core/log.h"

// One message, or its fragments.
static void send_between(const struct ike_sa *sa, const struct endpoint *local, const struct endpoint *remote,
                         struct bytes messages)
{
    const struct ike_env *env = sa->core->env;
    for (struct bytes message = fragment_next(&messages); message.p; message = fragment_next(&messages)) {
        env->send(env->arg, local, remote, message);
    }
}

static void send_to_peer(const struct ike_sa *sa, struct bytes messages)
{
    send_between(sa, &sa->local, &sa->remote, messages);
}

static void begin(struct ike_sa *sa, enum exchange_type exchange, uint32_t message_id, struct draft *draft)
{
    struct ike_header header = {
        .initiator_spi = sa->spi_i,
        .responder_spi = sa->spi_r,
        .exchange = (uint8_t)exchange,
        .initiator = sa->initiator,
        .message_id = message_id,
    };
    message_begin(&draft->mw, draft->buffer, sizeof(draft->buffer), &header);
    sk_begin(&sa->sk, &draft->mw);
}

void transmit_begin_request(struct ike_sa *sa, enum exchange_type exchange, struct draft *draft)
{
    begin(sa, exchange, sa->next_request_id, draft);
}

// Waits of 1 s, 1.8 s, 3.2 s ... (RFC 7296 2.4 leaves them to us).
static void arm_retransmit(struct ike_sa *sa)
{
    struct ike_request *request = &sa->request;
    deadline_set(&sa->core->deadlines, &request->retransmit, ike_core_now_ms(sa->core) + request->wait_ms);
    request->wait_ms = request->wait_ms * IKE_RETRANSMIT_FACTOR_PERCENT / 100;
}

// Sends request.message, which is new.
static void send_new(struct ike_sa *sa, enum exchange_type exchange, uint32_t message_id)
{
    struct ike_request *request = &sa->request;
    request->exchange = (uint8_t)exchange;
    request->message_id = message_id;
    request->sends = 1;
    request->wait_ms = IKE_RETRANSMIT_FIRST_MS;
    arm_retransmit(sa);
    send_to_peer(sa, kept_message_view(&request->message));
}

int transmit_send_request(struct ike_sa *sa, struct draft *draft, enum exchange_type exchange, struct exchange *x)
{
    int error = fragment_seal(sa, &draft->mw, &sa->request.message);
    if (error < 0) {
        log_error("request_not_sent", LOG_STR("exchange", exchange_name((uint8_t)exchange)), LOG_ERRNO(error));
        return error;
    }
    send_new(sa, exchange, sa->next_request_id);
    sa->next_request_id++;
    sa->ours = x;
    return 0;
}

int transmit_send_first(struct ike_sa *sa, struct bytes message, struct exchange *x)
{
    int error = kept_message_set(&sa->request.message, message);
    if (error < 0) {
        return error;
    }
    send_new(sa, EXCHANGE_IKE_SA_INIT, 0);
    sa->next_request_id = 1;
    sa->ours = x;
    return 0;
}

void transmit_hurry(struct ike_sa *sa)
{
    struct ike_request *request = &sa->request;
    if (request->message.p) {
        request->sends = 1;
        request->wait_ms = IKE_RETRANSMIT_FIRST_MS;
        deadline_set(&sa->core->deadlines, &request->retransmit, ike_core_now_ms(sa->core));
    }
}

bool transmit_is_busy(const struct ike_sa *sa)
{
    return sa->request.message.p || sa->ours;
}

void transmit_end_request(struct ike_sa *sa)
{
    deadline_clear(&sa->core->deadlines, &sa->request.retransmit);
    kept_message_drop(&sa->request.message);
    reassembly_drop(&sa->incoming[1]);
}

void transmit_on_retransmit(void *arg)
{
    struct ike_sa *sa = arg;
    struct ike_request *request = &sa->request;
    bool established = sa->state >= IKE_SA_STATE_ESTABLISHED;
    if (request->sends >= (established ? IKE_LIVENESS_SENDS_MAX : address_fallback_sends_max(sa))) {
        ike_sa_life_time_out(sa);
        return;
    }
    request->sends++;
    if (request->sends > IKE_START_YOUNG_SENDS) {
        start_queue_release(sa);
    }
    mobike_initiator_on_silence(sa);
    arm_retransmit(sa);
    log_debug("retransmit", LOG_HEX64("spi_i", sa->spi_i), LOG_STR("exchange", exchange_name(request->exchange)),
              LOG_UINT("message_id", request->message_id), LOG_UINT("sends", request->sends));
    if (request->sends == IKE_SENDS_BEFORE_SHRINK + 1) {
        fragment_shrink(sa, &request->message);
    }
    send_to_peer(sa, kept_message_view(&request->message));
}

// Encrypted requests differ in their ICV at the latest; the first one is known by its initiator SPI and endpoint
// already.
static void end_of(const struct received *request, uint8_t end[16])
{
    size_t n = sizeof(((struct ike_answer *)0)->request_end);
    memset(end, 0, n);
    if (request->datagram_n >= n) {
        memcpy(end, request->datagram + request->datagram_n - n, n);
    }
}

void transmit_accept_request(struct ike_sa *sa, const struct received *request)
{
    struct ike_answer *answer = &sa->answer;
    kept_message_drop(&answer->message);
    reassembly_drop(&sa->incoming[0]);
    answer->any = true;
    answer->repeats = 0;
    answer->message_id = request->message->header.message_id;
    answer->request_n = request->datagram_n;
    end_of(request, answer->request_end);
    sa->next_expected_id = answer->message_id + 1;
}

// The first fragment stands for all (RFC 7383 2.6.1). The request may have been divided anew, or have come whole at
// first, so that nothing but its ICV shows whether it is the peer's.
static bool is_repeated_fragment(const struct ike_sa *sa, const struct received *request)
{
    return request->message->sk.fragment == 1 && received_is_authentic(request, sa);
}

bool transmit_is_repeated(const struct ike_sa *sa, const struct received *request)
{
    const struct ike_answer *answer = &sa->answer;
    uint8_t end[sizeof(answer->request_end)];
    if (!answer->any || answer->message_id != request->message->header.message_id) {
        return false;
    }
    bool is_parsed = request->message->header.exchange != EXCHANGE_IKE_SA_INIT; // of that one only the header
    if (is_parsed && request->message->outer_n[PAYLOAD_SKF]) {
        return is_repeated_fragment(sa, request);
    }
    end_of(request, end);
    return answer->request_n == request->datagram_n && memcmp(end, answer->request_end, sizeof(end)) == 0;
}

void transmit_repeat_answer(struct ike_sa *sa, const struct received *request)
{
    struct ike_answer *answer = &sa->answer;
    if (!answer->message.p) {
        return;
    }
    answer->repeats = answer->repeats < UINT8_MAX ? (uint8_t)(answer->repeats + 1) : UINT8_MAX;
    if (answer->repeats == IKE_SENDS_BEFORE_SHRINK) {
        fragment_shrink(sa, &answer->message);
    }
    send_between(sa, &request->local, &request->remote, kept_message_view(&answer->message));
}

void transmit_begin_answer(struct ike_sa *sa, enum exchange_type exchange, struct draft *draft)
{
    struct ike_header header = {
        .initiator_spi = sa->spi_i,
        .responder_spi = sa->spi_r,
        .exchange = (uint8_t)exchange,
        .initiator = sa->initiator,
        .response = true,
        .message_id = sa->answer.message_id,
    };
    message_begin(&draft->mw, draft->buffer, sizeof(draft->buffer), &header);
    sk_begin(&sa->sk, &draft->mw);
}

int transmit_send_first_answer(struct ike_sa *sa, struct bytes message)
{
    int error = kept_message_set(&sa->answer.message, message);
    if (error == 0) {
        send_to_peer(sa, message);
    }
    return error;
}

static int send_answer(struct ike_sa *sa, const struct endpoint *local, const struct endpoint *remote,
                       struct draft *draft)
{
    int error = fragment_seal(sa, &draft->mw, &sa->answer.message);
    if (error < 0) {
        log_error("answer_not_sent", LOG_HEX64("spi_i", sa->spi_i), LOG_ERRNO(error));
        return error;
    }
    send_between(sa, local, remote, kept_message_view(&sa->answer.message));
    return 0;
}

int transmit_send_answer(struct ike_sa *sa, struct draft *draft)
{
    return send_answer(sa, &sa->local, &sa->remote, draft);
}

int transmit_send_answer_to(struct ike_sa *sa, const struct received *request, struct draft *draft)
{
    return send_answer(sa, &request->local, &request->remote, draft);
}

void transmit_answer_notify(struct ike_sa *sa, enum exchange_type exchange, enum notify_type type, struct bytes data)
{
    struct draft draft;
    transmit_begin_answer(sa, exchange, &draft);
    message_put_status(&draft.mw, type, data);
    (void)transmit_send_answer(sa, &draft);
}
