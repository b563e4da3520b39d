// Bounds of the edges. What lies beyond them fails or costs the connection; nothing grows without end.
#ifndef BULKHEAD_IPC_IPC_LIMITS_H
#define BULKHEAD_IPC_IPC_LIMITS_H

// Frames waiting to be sent on one connection. Requests and notifications find the queue full at these; answers to
// requests already taken may use as much again, beyond that the connection ends (the peer asks but does not read).
#define IPC_QUEUE_MAX_FRAMES 1024u
#define IPC_QUEUE_MAX_BYTES  (4u << 20)

// Requests taken from one peer and not answered yet; more are answered RESOURCE_EXHAUSTED at once.
#define IPC_REQUESTS_MAX 1024u
// Our own calls that wait for an answer, on all connections; more end RESOURCE_EXHAUSTED.
#define IPC_CALLS_MAX 4096u

// Memory that unpacking one frame of 64 KiB may take (many empty sub-messages would take more).
#define IPC_UNPACK_MAX_BYTES (4u << 20)

// Frames and new connections taken at one wake-up, so that no edge starves the others.
#define IPC_READ_BURST_FRAMES 32u
#define IPC_ACCEPT_BURST      8u

#define IPC_LINK_RETRY_MIN_MS 20u
#define IPC_LINK_RETRY_MAX_MS 1000u
// To a recycled role, whose successor comes at once, and how long a call waits for it.
#define IPC_LINK_RETRY_RECYCLED_MAX_MS 100u
#define IPC_SUCCESSOR_WAIT_MS          2000u
// A link that stood so long starts again with the shortest wait.
#define IPC_LINK_STEADY_MS 1000u
// Wait after accept() found no descriptor or memory.
#define IPC_ACCEPT_RETRY_MS 100u

#define IPC_DEADLINE_MAX_MS    600000u
#define IPC_ERROR_TEXT_MAX     512u // bytes
#define IPC_LISTEN_BACKLOG     64
#define IPC_STRANGER_LOG_PER_S 1u

#endif
