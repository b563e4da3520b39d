// Limits of the API, in one place. Sizes in bytes, times in milliseconds.
#ifndef BULKHEAD_API_API_LIMITS_H
#define BULKHEAD_API_API_LIMITS_H

// Of one request: a configuration of 16 MiB with the escapes that JSON adds.
#define API_BODY_MAX_BYTES (20u * 1024 * 1024)
// Memory that one decoded request may take.
#define API_MESSAGE_MAX_BYTES (64u * 1024 * 1024)
// Of one that brings a backup.
#define API_LARGE_BODY_MAX_BYTES (61u * 1024 * 1024)
// Of all requests that are being received at one time.
#define API_BODIES_MAX_BYTES (96u * 1024 * 1024)
// What a client may send beyond API_BODY_MAX_BYTES before it is cut off without an answer.
#define API_DISCARD_MAX_BYTES (64u * 1024 * 1024)
// Request line and headers together; a GET's message is in there too.
#define API_HEADERS_MAX_BYTES (32u * 1024)

#define API_CONNECTIONS_MAX 128u
// Open streams of one HTTP/2 connection.
#define API_STREAMS_MAX 64u
// Requests being received or handled, those whose client has gone included.
#define API_REQUESTS_MAX 512u

// Received and not yet parsed, on a connection that is busy with an earlier request; reading stops there.
#define API_INPUT_MAX_BYTES (64u * 1024)
// Handed to the socket at a time; nothing more is produced while it waits.
#define API_OUTPUT_MAX_BYTES (256u * 1024)

// A connection without a request.
#define API_IDLE_MS 300000u
// A request that has begun: between two reads, and from its first byte to its last.
#define API_READ_STALL_MS 30000u
#define API_REQUEST_MS    180000u
// A client that does not take its answer.
#define API_WRITE_STALL_MS 30000u
// How long a call may take when the client names no time.
#define API_CALL_MS 120000u

// Configurations waiting behind the one that is being applied.
#define API_APPLY_QUEUE_MAX 16u
// Certificates, requests, keys and CRLs that come in with one call; a frame of the edges takes no more.
#define API_CERTIFICATE_FILE_MAX_BYTES (48u * 1024)
// One page of a document that is longer than a frame.
#define API_DOCUMENT_PAGE_BYTES (48u * 1024)
// A CRL or backup that goes out: no longer than what may come back.
#define API_DOCUMENT_MAX_BYTES (60u * 1024 * 1024)

// Of the configuration's text.
#define API_CONFIG_MAX_BYTES (16u * 1024 * 1024)

#endif
