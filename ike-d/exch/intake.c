#include "ike-d/exch/intake.h"

#include "ike-d/exch/create_child_responder.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_auth.h"
#include "ike-d/exch/ike_rekey_initiator.h"
#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/informational_responder.h"
#include "ike-d/exch/knock.h"
#include "ike-d/exch/mobike_initiator.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/stray_answer.h"
#include "ike-d/exch/transmit.h"
#include "lib/core/log.h"

// RFC 7296 2.21.3: a malformed but authentic message ends the IKE SA on both sides.
static void end_by_syntax(struct ike_sa *sa, enum tunnel_side side, const char *why)
{
    struct tunnel_failure failure;
    failure_init(&failure, "INVALID_SYNTAX", side);
    if (side == TUNNEL_SIDE_LOCAL) {
        failure_say(&failure, "The peer's message is malformed: %s.", why);
    } else {
        failure_say(&failure, "The peer can't read our message (%s); its log may say more.", why);
    }
    log_warning("malformed_message", LOG_HEX64("spi_i", sa->spi_i), LOG_STR("why", why));
    if (sa->tunnel && ike_sa_is_established(sa)) {
        tunnel_set_failure(sa->tunnel, &failure);
    } else if (sa->tunnel && sa->initiator && ike_sa_is_alive(sa)) {
        failure_end_attempt(sa->tunnel, &failure);
    }
    ike_sa_life_linger(sa);
}

static void refuse_request(struct ike_sa *sa, const struct received *request, enum wire_status status,
                           const struct wire_error *error)
{
    enum exchange_type exchange = (enum exchange_type)request->message->header.exchange;
    bool critical = status == WIRE_UNSUPPORTED_CRITICAL_PAYLOAD;
    transmit_answer_notify(sa, exchange, wire_status_notify(status), bytes_of(&error->payload_type, critical ? 1 : 0));
    if (!critical || sa->state < IKE_SA_STATE_ESTABLISHED) {
        end_by_syntax(sa, TUNNEL_SIDE_LOCAL, error->text);
    }
}

// Where the peer is now: it chose its port with IKE_AUTH, or its NAT has.
static void follow_peer(struct ike_sa *sa, const struct received *message)
{
    if (sa->state == IKE_SA_STATE_AUTHENTICATING && !sa->initiator) {
        sa->local = message->local;
        sa->remote = message->remote;
    } else {
        nat_traversal_follow(sa, message);
    }
}

static bool is_due(const struct ike_sa *sa, const struct ike_header *header)
{
    switch (header->exchange) {
    case EXCHANGE_IKE_SA_INIT:
        return false;
    case EXCHANGE_IKE_AUTH:
        return sa->state == IKE_SA_STATE_AUTHENTICATING && !sa->initiator;
    default:
        return sa->state == IKE_SA_STATE_ESTABLISHED || sa->state == IKE_SA_STATE_DELETING ||
               (sa->state == IKE_SA_STATE_LINGERING && header->exchange == EXCHANGE_INFORMATIONAL && sa->has_keys);
    }
}

static void respond(struct ike_sa *sa, struct received **request)
{
    switch ((*request)->message->header.exchange) {
    case EXCHANGE_IKE_AUTH:
        ike_auth_respond(sa, request);
        break;
    case EXCHANGE_CREATE_CHILD_SA:
        if (sa->state == IKE_SA_STATE_DELETING) { // RFC 7296 2.25.2
            transmit_answer_notify(sa, EXCHANGE_CREATE_CHILD_SA, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
            break;
        }
        create_child_respond(sa, request);
        break;
    default:
        informational_respond(sa, *request);
        break;
    }
}

// The peer's request is about what its answer to our own has changed, and that answer is still being worked on: keys
// are on their way to esp-d, or being derived. It comes again.
static bool is_too_early(const struct ike_sa *sa, const struct message *m)
{
    bool deletes_unready = m->delete_n && sa->ours && !sa->request.message.p && !ike_rekey_is_unsent(sa);
    bool collides = m->header.exchange == EXCHANGE_CREATE_CHILD_SA && sa->ours && sa->ours->answered;
    return deletes_unready || collides;
}

// For the debug log; messages that strangers can't make.
static void log_authentic(const struct ike_sa *sa, const struct message *m)
{
    char text[512];
    if (log_is_on(LOG_LEVEL_DEBUG)) {
        log_debug("message", LOG_HEX64("spi_i", sa->spi_i), LOG_STR("message", message_format(m, text, sizeof(text))));
    }
}

static void on_request(struct ike_sa *sa, struct received **request)
{
    const struct ike_header *header = &(*request)->message->header;
    enum wire_status status;
    struct wire_error error = {0};
    if (transmit_is_repeated(sa, *request)) {
        transmit_repeat_answer(sa, *request);
        return;
    }
    if (header->message_id != sa->next_expected_id || sa->theirs) {
        sa->core->drops.message_id++;
        return;
    }
    if (!is_due(sa, header)) {
        sa->core->drops.unexpected++;
        return;
    }
    enum opening opening = received_open(*request, sa, &status, &error);
    if (opening != OPENING_WHOLE) {
        sa->core->drops.not_authentic += opening == OPENING_FORGED;
        return;
    }
    log_authentic(sa, (*request)->message);
    ike_sa_life_hear(sa);
    if (status == WIRE_OK && is_too_early(sa, (*request)->message)) {
        sa->core->drops.unexpected++;
        return;
    }
    follow_peer(sa, *request);
    transmit_accept_request(sa, *request);
    if (status != WIRE_OK) {
        refuse_request(sa, *request, status, &error);
        return;
    }
    respond(sa, request);
}

static bool is_refused_authentication(const struct message *m)
{
    return m->header.exchange == EXCHANGE_IKE_AUTH && !message_has(m, PAYLOAD_AUTH);
}

static void take_response(struct ike_sa *sa, struct received **response, enum wire_status status,
                          const struct wire_error *error)
{
    bool is_rejected =
        sa->state >= IKE_SA_STATE_ESTABLISHED && message_find_notify((*response)->message, NOTIFY_INVALID_SYNTAX);
    transmit_end_request(sa);
    if (status != WIRE_OK) {
        end_by_syntax(sa, TUNNEL_SIDE_LOCAL, error->text);
    } else if (is_rejected) {
        end_by_syntax(sa, TUNNEL_SIDE_REMOTE, exchange_name((*response)->message->header.exchange));
    } else if (sa->ours) {
        sa->ours->answered = true;
        sa->ours->on_response(sa->ours, response);
    } else if (is_refused_authentication((*response)->message)) {
        ike_sa_life_close(sa); // nothing to be deleted there
    } else {
        next_request_start(sa);
    }
}

static void on_response(struct ike_sa *sa, struct received **response)
{
    const struct ike_header *header = &(*response)->message->header;
    enum wire_status status = WIRE_OK;
    struct wire_error error = {0};
    if (!sa->request.message.p || header->message_id != sa->request.message_id ||
        header->exchange != sa->request.exchange) {
        sa->core->drops.message_id++;
        return;
    }
    if (header->exchange == EXCHANGE_IKE_SA_INIT) {
        // perhaps a forgery: the exchange decides whether it still waits
        if (sa->ours && message_check((*response)->message, &error) == WIRE_OK) {
            sa->ours->on_response(sa->ours, response);
        } else {
            sa->core->drops.unexpected++;
        }
        return;
    }
    enum opening opening = received_open(*response, sa, &status, &error);
    if (opening != OPENING_WHOLE) {
        sa->core->drops.not_authentic += opening == OPENING_FORGED;
        return;
    }
    log_authentic(sa, (*response)->message);
    ike_sa_life_hear(sa);
    follow_peer(sa, *response);
    mobike_initiator_hear(sa, *response);
    take_response(sa, response, status, &error);
}

static bool is_ours(const struct ike_sa *sa, const struct ike_header *header)
{
    uint64_t peer_now = sa->initiator ? sa->spi_r : sa->spi_i;
    uint64_t peer_said = header->initiator ? header->initiator_spi : header->responder_spi;
    bool first_answer = sa->initiator && sa->state == IKE_SA_STATE_INIT;
    return header->initiator != sa->initiator && (first_answer || peer_now == peer_said);
}

static void on_sa_message(struct ike_sa *sa, const struct arrival *arrival, struct bytes datagram)
{
    struct ike_core *core = sa->core;
    struct received *received = received_new(core, &arrival->local, &arrival->remote, datagram);
    if (!received) {
        core->drops.no_memory++;
        return;
    }
    struct wire_error error;
    enum wire_status status =
        message_parse(bytes_of(received->datagram, received->datagram_n), received->message, &error);
    if (status != WIRE_OK) { // nothing outside of SK is authentic: no reaction (RFC 7296 2.21)
        core->drops.not_authentic++;
    } else if (arrival->header.response) {
        on_response(sa, &received);
    } else {
        on_request(sa, &received);
    }
    received_free(received);
}

static void on_first_request(struct ike_core *core, const struct arrival *arrival, struct bytes datagram)
{
    if (arrival->header.exchange != EXCHANGE_IKE_SA_INIT || arrival->header.response || !arrival->header.initiator ||
        arrival->header.message_id != 0) {
        core->drops.unexpected++;
        return;
    }
    struct received *received = received_new(core, &arrival->local, &arrival->remote, datagram);
    if (!received) {
        core->drops.no_memory++;
        return;
    }
    received->message->header = arrival->header;
    ike_sa_init_respond(core, &received);
    received_free(received);
}

static void on_ike(struct ike_core *core, const struct arrival *arrival, struct bytes datagram)
{
    const struct ike_header *header = &arrival->header;
    uint64_t own_spi = header->initiator ? header->responder_spi : header->initiator_spi;
    if (own_spi == 0) {
        on_first_request(core, arrival, datagram);
        return;
    }
    struct ike_sa *sa = sa_table_find(&core->sas, own_spi);
    if (sa && is_ours(sa, header)) {
        on_sa_message(sa, arrival, datagram);
        return;
    }
    core->drops.unknown_spi++;
    if (header->exchange != EXCHANGE_IKE_SA_INIT) { // RFC 7296 2.21.4
        stray_answer_send(core, arrival, NOTIFY_INVALID_IKE_SPI, bytes_of(NULL, 0));
    }
}

void intake_datagram(struct ike_core *core, const struct endpoint *local, const struct endpoint *remote,
                     struct bytes datagram)
{
    struct arrival arrival = {.local = *local, .remote = *remote, .n = datagram.n};
    struct wire_error error;
    if (datagram.n > IKE_MESSAGE_MAX_BYTES) {
        core->drops.too_long++;
        return;
    }
    switch (header_parse(datagram, &arrival.header, &error)) {
    case WIRE_OK:
        on_ike(core, &arrival, datagram);
        break;
    case WIRE_INVALID_MAJOR_VERSION:
        stray_answer_send(core, &arrival, NOTIFY_INVALID_MAJOR_VERSION, bytes_of(NULL, 0));
        break;
    case WIRE_OLD_VERSION:
        core->drops.old_version++;
        knock_with_ikev1(core, &arrival, datagram.n);
        break;
    default:
        core->drops.not_ike++;
        break;
    }
}
