// Limits of the courier, in one place: it faces strangers on both sides.
#ifndef BULKHEAD_API_COURIER_COURIER_LIMITS_H
#define BULKHEAD_API_COURIER_COURIER_LIMITS_H

// The public's side.
#define COURIER_LISTENERS_MAX              4u
#define COURIER_CONNECTIONS_MAX            256u
#define COURIER_CONNECTIONS_PER_SOURCE_MAX 16u
// Sources that are remembered for the limits below; IPv6 counts by /64.
#define COURIER_SOURCES_MAX 4096u
// Questions that go to the verifier and, mostly, on to a signature: of one source, and of all.
#define COURIER_SOURCE_QUESTIONS_PER_S 20u
#define COURIER_SOURCE_QUESTIONS_BURST 40u
#define COURIER_QUESTIONS_PER_S        400u
#define COURIER_QUESTIONS_BURST        800u
// Of those that could not be answered.
#define COURIER_FAILURES_LOGGED_PER_S 1u
#define COURIER_FAILURES_LOGGED_BURST 10u
#define COURIER_TARGET_MAX_BYTES      4096u
#define COURIER_HEADERS_MAX_BYTES     8192u
// An OCSP request; RFC 6960 sets no limit, a hundred certificates fit.
#define COURIER_BODY_MAX_BYTES 16384u
#define COURIER_READ_BYTES     4096u
// From the first byte of a request to its last.
#define COURIER_REQUEST_MS 10000u
// Between two requests, and before the first.
#define COURIER_IDLE_MS 15000u
// A client that takes less of its answer in so long.
#define COURIER_WRITE_STALL_MS   10000u
#define COURIER_WRITE_STEP_BYTES 16384u
// An answer may be that old: whoever revokes sees it within seconds.
#define COURIER_ANSWER_MAX_AGE_S 2u
#define COURIER_CRL_MAX_BYTES    (16u << 20)
#define COURIER_CACHE_BYTES      (32u << 20)

// The side of other people's servers.
#define COURIER_DOWNLOADS_MAX       8u
#define COURIER_DOWNLOADS_WAITING   64u
#define COURIER_DOWNLOAD_MAX_BYTES  (4u << 20)
#define COURIER_DOWNLOAD_MS         10000u
#define COURIER_URLS_MAX            4096u
#define COURIER_AUTHORITY_MAX_BYTES 64u
#define COURIER_AUTHORITIES_MAX     4096u
// The same document is not asked for more often than that, whatever the age that is wanted.
#define COURIER_FETCH_PAUSE_S      10u
#define COURIER_FETCH_PAUSE_MAX_S  300u
#define COURIER_FETCH_CACHE_BYTES  (64u << 20)
#define COURIER_FETCH_FAILURES_MAX 1024u
#define COURIER_PAGE_BYTES         49152u

// Names.
#define COURIER_NAMES_MAX          4096u
#define COURIER_NAME_MAX_BYTES     253u
#define COURIER_NAME_ADDRESSES_MAX 16u
#define COURIER_QUERIES_MAX        64u
#define COURIER_QUERY_TRY_MS       2000
#define COURIER_QUERY_TRIES        3
#define COURIER_TTL_MIN_S          5u
#define COURIER_TTL_MAX_S          86400u
// A name that there is not, or whose servers do not answer: asked again after so long, twice as long each time.
// Whoever finds that an answer is of no use may have it asked for again after so long.
#define COURIER_NAME_ANEW_S      10u
#define COURIER_NAME_PAUSE_MIN_S 5u
#define COURIER_NAME_PAUSE_MAX_S 120u

#endif
