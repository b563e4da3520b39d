// Limits and times of ike-d, in the protocol's words. All are compile-time constants; the configuration sets only the
// liveness interval.
#ifndef BULKHEAD_IKE_SA_IKE_LIMITS_H
#define BULKHEAD_IKE_SA_IKE_LIMITS_H

// Retransmission (RFC 7296 2.1, 2.4): 1 s, then 1.8 times longer each time. Seven sends, dead after about 75 s.
#define IKE_RETRANSMIT_FIRST_MS       1000u
#define IKE_RETRANSMIT_FACTOR_PERCENT 180u
#define IKE_RETRANSMIT_SENDS_MAX      7u
// Of an established IKE SA: dead after about 41 s, since its traffic is lost meanwhile.
#define IKE_LIVENESS_SENDS_MAX 6u

// While the peer has a further address that was not called yet: the next one after about 12 s.
#define IKE_FALLBACK_SENDS_MAX 4u

// A peer that has made its IKE SA anew deletes the old one itself, or has no time for it: then we do.
#define IKE_REPLACED_LINGER_MS 10000u
// How often it is looked whether the first of two IKE SAs of a peer has answered.
#define IKE_UNIQUENESS_LOOK_MS 100u
// ... and how long its peer, which has proved who it is, may wait for that: longer than a liveness check.
#define IKE_UNIQUENESS_LIFETIME_MS 60000u
// Between attempts to make an IKE SA anew while the old one stands.
#define IKE_REAUTHENTICATION_AGAIN_MS 30000u

// Before the peer's certificate runs out its IKE SA is made anew a tenth of the time that is left earlier, at most so
// much.
#define IKE_TRUST_EARLIER_MAX_MS 86400000u
// `explain` warns of it so long before.
#define IKE_TRUST_WARNING_S (30u * 86400)

// A message over this is dropped and counted before it is looked at.
#define IKE_MESSAGE_MAX_BYTES 32768u

// IKE fragmentation (RFC 7383): IP packets that we begin with, and those that we fall back to (IPv4) after so many
// sends without an answer, or so many repeats of the peer's request.
#define IKE_PACKET_BYTES        1280u
#define IKE_PACKET_MIN_BYTES    576u
#define IKE_SENDS_BEFORE_SHRINK 2u
// Fragments of one message, ours and the peer's.
#define IKE_FRAGMENTS_MAX 256u
// MOBIKE (RFC 4555): further addresses of the peer that are kept, and sends without an answer before they get their
// turns.
#define IKE_MOBIKE_ADDRESSES_MAX 8u
#define IKE_OWN_ADDRESSES_MAX    64u   // of this host
#define IKE_MOBIKE_AGAIN_MS      1000u // after TEMPORARY_FAILURE
#define IKE_MOBIKE_SENDS_FIRST   2u
// Incomplete messages are kept so long, and so many bytes of them in all: once for peers that are authenticated, once
// for those that are not yet.
#define IKE_REASSEMBLY_LIFETIME_MS 60000u
#define IKE_REASSEMBLY_BYTES_MAX   (8u * 1024 * 1024)

// Our own nonces (RFC 7296 2.10: 16 to 256 bytes, at least half the PRF's key size). Some peers send 16 or 24 bytes
// with every PRF; they are served, and ours make both together as long as the longest PRF key, which is what the rule
// is for.
#define IKE_NONCE_BYTES     48u
#define IKE_NONCE_MAX_BYTES 256u
// RFC 7296 2.6.
#define IKE_COOKIE_MAX_BYTES 64u

// Half-open IKE SAs, for which somebody has sent one message only (RFC 7296 2.6).
#define IKE_HALF_OPEN_LIFETIME_MS 30000u
// Our own initiation, all retransmissions and waiting for other daemons included.
#define IKE_INITIATION_LIFETIME_MS 240000u
#define IKE_HALF_OPEN_MAX          4096u
// See half_open.h for what a source and a network are.
#define IKE_HALF_OPEN_PER_SOURCE_MAX   64u
#define IKE_HALF_OPEN_PER_NETWORK_MAX  512u
#define IKE_HALF_OPEN_COOKIE_THRESHOLD 64u
// Cookies are asked for from this many of one source on, long before its limit: who forges the address of a peer must
// not use up what the peer is allowed.
#define IKE_HALF_OPEN_COOKIE_PER_SOURCE 32u
// ... and while IKE_SA_INIT requests without a cookie come faster than this, whatever becomes of them.
#define IKE_FIRST_REQUESTS_PER_S 1000u
#define IKE_FIRST_REQUESTS_BURST 1000u
// Demands for a cookie to one network (source_limit.h), as long as it is not a configured peer's address.
#define IKE_COOKIE_ANSWERS_PER_S 20u
#define IKE_COOKIE_ANSWERS_BURST 100u
// IKE_SA_INIT requests whose Diffie-Hellman is under way; more are dropped, and come again.
#define IKE_FIRST_REQUESTS_AT_WORK_MAX 256u
// The cookie's secret changes so often; the one before stays valid (RFC 7296 2.6).
#define IKE_COOKIE_SECRET_LIFETIME_MS 60000u
// An initiation begins anew after so many COOKIE or INVALID_KE_PAYLOAD answers; further ones count as refusals.
#define IKE_INIT_RESTARTS_MAX 4u
// Refusals of IKE_SA_INIT are in clear, anybody can forge them: a better answer is awaited for so long (RFC
// 7296 2.21.1).
#define IKE_INIT_REFUSAL_WAIT_MS 4000u

// An SA that waits for the peer's answer to our DELETE, or whose peer was refused, is kept so long to answer
// retransmissions.
#define IKE_DELETING_LINGER_MS 30000u

// Answers without an SA: INVALID_IKE_SPI, INVALID_MAJOR_VERSION (RFC 7296 2.21).
#define IKE_STRAY_ANSWERS_PER_S 10u
#define IKE_STRAY_ANSWERS_BURST 20u
// Refusals of well-formed IKE_SA_INIT requests whose sender did not show a cookie.
#define IKE_INIT_REFUSALS_PER_S 100u
#define IKE_INIT_REFUSALS_BURST 100u
// What peers do wrong is recorded and told as an event so often; the same for log lines about IKE_SA_INIT requests.
#define IKE_REFUSAL_NOTES_PER_S 1u
#define IKE_REFUSAL_NOTES_BURST 20u

// Initiations that are young: not over, and not repeated in vain. Many gateways allow a peer address only a few
// half-open IKE SAs.
#define IKE_STARTS_MAX          64u
#define IKE_STARTS_PER_PEER_MAX 4u
#define IKE_START_YOUNG_SENDS   2u
// Peers that no tunnel is for are noted so often, and told as an event.
#define IKE_STRANGER_NOTES_PER_S  10u
#define IKE_STRANGER_NOTES_BURST  50u
#define IKE_STRANGER_EVENTS_PER_S 1u
#define IKE_STRANGER_EVENTS_BURST 10u
// A call with IKEv1 explains why the same peer does not answer IKEv2, for so long.
#define IKE_STRANGER_FRESH_S 600u

// Between attempts of a tunnel that should be up; doubles each time.
#define IKE_RETRY_FIRST_MS 2000u
#define IKE_RETRY_MAX_MS   60000u
// Peers whose names lead elsewhere are expected there after so long.
#define IKE_REINDEX_WAIT_MS 100u
// Between attempts to replace a CHILD_SA, when the peer refuses for now: 1-16 s.
#define IKE_REPLACE_FIRST_MS      1000u
#define IKE_REPLACE_DOUBLINGS_MAX 4u

#define IKE_LIVENESS_DEFAULT_MS 30000u
// Lifetimes where nothing is configured (RFC 7296 2.8); the hard limit is a tenth over the soft one, at least so much.
#define IKE_LIFETIME_IKE_REKEY_MS       14400000u
#define IKE_LIFETIME_CHILD_REKEY_MS     3600000u
#define IKE_LIFETIME_HARD_LONGER_MIN_MS 60000u
#define IKE_LIFETIME_JITTER_PERCENT     10u
// What the peer's rekey of the IKE SA has made while ours is on the way: over all retransmissions of ours.
#define IKE_RIVAL_LIFETIME_MS 60000u
// A replaced CHILD_SA still receives for so long: packets that were on the way when its DELETE overtook them (RFC
// 7296 2.8).
#define IKE_REPLACED_RECEIVES_MS 5000u
// ... and while its DELETE is not answered, over all retransmissions.
#define IKE_DELETING_RECEIVES_MS 50000u
// The peer behind a NAT: keepalive of RFC 3948 2.3.
#define IKE_NAT_KEEPALIVE_S 20u
// Packets.
#define IKE_REPLAY_WINDOW_PKTS 4096u

// What api-d may configure: its own bound on tunnels.
#define IKE_TUNNELS_MAX 10000u
// RFC 8784: PPK_ID as text.
#define IKE_PPK_ID_MAX_BYTES 255u
// Of a peer, besides its first one.
#define IKE_OTHER_ADDRESSES_MAX 8u
// CHILD_SAs that one tunnel may configure.
#define IKE_CHILD_SLOTS_MAX 257u
// A CHILD_SA whose cipher has blocks of 64 bits is replaced after so many bytes at the latest.
#define IKE_SHORT_BLOCK_BYTES (1u << 30)
// CHILD_SAs of one IKE SA: some, and two for each pair of selectors since a rekey doubles them.
#define IKE_CHILDREN_SPARE 32u
#define IKE_CHILDREN_MAX   (IKE_CHILDREN_SPARE + 2 * IKE_CHILD_SLOTS_MAX)

#define IKE_PORT      500u
#define IKE_NATT_PORT 4500u

#endif
