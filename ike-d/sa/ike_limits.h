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

// A message over this is dropped and counted before it is looked at.
#define IKE_MESSAGE_MAX_BYTES 32768u

// Our own nonces (RFC 7296 2.10: at least half the PRF's key size, 16-256).
#define IKE_NONCE_BYTES     32u
#define IKE_NONCE_MAX_BYTES 256u
// RFC 7296 2.6.
#define IKE_COOKIE_MAX_BYTES 64u

// Half-open IKE SAs, for which somebody has sent one message only (RFC 7296 2.6).
#define IKE_HALF_OPEN_LIFETIME_MS      30000u
// Our own initiation, all retransmissions and waiting for other daemons included.
#define IKE_INITIATION_LIFETIME_MS     240000u
#define IKE_HALF_OPEN_MAX              4096u
#define IKE_HALF_OPEN_PER_SOURCE_MAX   16u
#define IKE_HALF_OPEN_COOKIE_THRESHOLD 64u
// The cookie's secret changes so often; the one before stays valid (RFC 7296 2.6).
#define IKE_COOKIE_SECRET_LIFETIME_MS 60000u
// We give up on an initiation after so many COOKIE or INVALID_KE_PAYLOAD answers.
#define IKE_INIT_RESTARTS_MAX 4u

// An SA that waits for the peer's answer to our DELETE, or whose peer was refused, is kept so long to answer
// retransmissions.
#define IKE_DELETING_LINGER_MS 30000u

// Answers without an SA: INVALID_IKE_SPI, INVALID_MAJOR_VERSION (RFC 7296 2.21).
#define IKE_STRAY_ANSWERS_PER_S 10u
#define IKE_STRAY_ANSWERS_BURST 20u

// Between attempts of a tunnel that should be up; doubles each time.
#define IKE_RETRY_FIRST_MS 2000u
#define IKE_RETRY_MAX_MS   60000u

#define IKE_LIVENESS_DEFAULT_MS 30000u
// The peer behind a NAT: keepalive of RFC 3948 2.3.
#define IKE_NAT_KEEPALIVE_S 20u
// Packets.
#define IKE_REPLAY_WINDOW_PKTS 4096u

// Traffic selectors on each side of one CHILD_SA.
#define IKE_SELECTORS_MAX 255u
// Proposals that we look at in a peer's SA payload.
#define IKE_PROPOSALS_MAX 32u
// CHILD_SAs of one IKE SA.
#define IKE_CHILDREN_MAX 32u

#define IKE_PORT      500u
#define IKE_NATT_PORT 4500u

#endif
