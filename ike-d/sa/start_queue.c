#include "ike-d/sa/start_queue.h"

#include <stdlib.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

void start_queue_done(struct start_queue *queue)
{
    hmap_free(queue->peers);
    *queue = (struct start_queue){0};
}

static struct start_peer *find_or_make(struct start_queue *queue, const struct address *address)
{
    struct bytes key = bytes_of(address, sizeof(*address));
    if (!queue->peers) {
        queue->peers = hmap_new();
    }
    struct start_peer *peer = queue->peers ? hmap_find(queue->peers, key) : NULL;
    if (peer || !queue->peers) {
        return peer;
    }
    peer = calloc(1, sizeof(*peer));
    if (!peer || hmap_put(queue->peers, key, peer) < 0) {
        free(peer);
        return NULL;
    }
    peer->address = *address;
    return peer;
}

static void free_if_idle(struct start_queue *queue, struct start_peer *peer)
{
    if (peer->young == 0 && !peer->first && !peer->ready) {
        free(hmap_remove(queue->peers, bytes_of(&peer->address, sizeof(peer->address))));
    }
}

static bool has_room(const struct start_peer *peer)
{
    return peer->young < IKE_STARTS_PER_PEER_MAX;
}

static void make_ready(struct start_queue *queue, struct start_peer *peer)
{
    if (peer->ready || !peer->first || !has_room(peer)) {
        return;
    }
    peer->ready = true;
    peer->ready_next = NULL;
    if (queue->ready_last) {
        queue->ready_last->ready_next = peer;
    } else {
        queue->ready_first = peer;
    }
    queue->ready_last = peer;
}

static struct start_peer *pop_ready(struct start_queue *queue)
{
    struct start_peer *peer = queue->ready_first;
    queue->ready_first = peer->ready_next;
    if (!queue->ready_first) {
        queue->ready_last = NULL;
    }
    peer->ready = false;
    return peer;
}

static void append(struct start_peer *peer, struct tunnel *tunnel)
{
    struct start_ticket *ticket = &tunnel->start;
    *ticket = (struct start_ticket){.state = START_WAITS, .peer = peer, .previous = peer->last};
    if (peer->last) {
        peer->last->start.next = tunnel;
    } else {
        peer->first = tunnel;
    }
    peer->last = tunnel;
}

static void unlink_ticket(struct start_ticket *ticket)
{
    struct start_peer *peer = ticket->peer;
    if (ticket->previous) {
        ticket->previous->start.next = ticket->next;
    } else {
        peer->first = ticket->next;
    }
    if (ticket->next) {
        ticket->next->start.previous = ticket->previous;
    } else {
        peer->last = ticket->previous;
    }
}

static void grant(struct start_queue *queue, struct start_peer *peer, struct tunnel *tunnel)
{
    tunnel->start = (struct start_ticket){.state = START_GRANTED, .peer = peer};
    peer->young++;
    queue->young++;
}

// Peer after peer, so that a long queue for one does not keep the others waiting.
static void go_on(struct start_queue *queue)
{
    while (queue->young < IKE_STARTS_MAX && queue->ready_first) {
        struct start_peer *peer = pop_ready(queue);
        struct tunnel *tunnel = peer->first;
        if (!tunnel || !has_room(peer)) {
            free_if_idle(queue, peer);
            continue;
        }
        unlink_ticket(&tunnel->start);
        grant(queue, peer, tunnel);
        deadline_set(&tunnel->core->deadlines, &tunnel->retry, ike_core_now_ms(tunnel->core));
        make_ready(queue, peer);
    }
}

bool start_queue_enter(struct tunnel *tunnel)
{
    struct start_queue *queue = &tunnel->core->starts;
    if (tunnel->start.state != START_NONE) {
        return tunnel->start.state == START_GRANTED;
    }
    const struct address *called = tunnel_config_callable(tunnel->config, 0);
    struct start_peer *peer = find_or_make(queue, called ? called : &tunnel->config->remote);
    if (!peer) {
        return true; // without memory there is no order either
    }
    if (!peer->first && has_room(peer) && queue->young < IKE_STARTS_MAX && !queue->ready_first) {
        grant(queue, peer, tunnel);
        return true;
    }
    append(peer, tunnel);
    make_ready(queue, peer);
    return false;
}

static void end_one(struct start_queue *queue, struct start_peer *peer)
{
    peer->young--;
    queue->young--;
    make_ready(queue, peer);
    free_if_idle(queue, peer);
    go_on(queue);
}

void start_queue_leave(struct tunnel *tunnel)
{
    struct start_queue *queue = &tunnel->core->starts;
    struct start_ticket ticket = tunnel->start;
    if (ticket.state == START_WAITS) {
        unlink_ticket(&tunnel->start);
        free_if_idle(queue, ticket.peer);
    }
    tunnel->start = (struct start_ticket){.state = START_NONE};
    if (ticket.state == START_GRANTED) {
        end_one(queue, ticket.peer);
    }
}

void start_queue_hand_over(struct tunnel *tunnel, struct ike_sa *sa)
{
    if (tunnel->start.state == START_GRANTED) {
        sa->start_peer = tunnel->start.peer;
        tunnel->start = (struct start_ticket){.state = START_NONE};
    }
}

void start_queue_release(struct ike_sa *sa)
{
    struct start_peer *peer = sa->start_peer;
    if (peer) {
        sa->start_peer = NULL;
        end_one(&sa->core->starts, peer);
    }
}
