// Gives free memory back to the system when something has happened and a second has passed: a configuration that was
// read, a list of all tunnels or thousands of handshakes at once leave holes below what stays, and the C library gives
// back by itself only what is free at the very end of the heap. Thread: the loop's.
#ifndef BULKHEAD_DAEMON_HEAP_RETURN_H
#define BULKHEAD_DAEMON_HEAP_RETURN_H

#include <stdbool.h>

#include <uv.h>

struct heap_return {
    uv_prepare_t prepare; // before the loop waits
    uv_timer_t timer;
    bool returned; // just now, and nothing has happened since
    bool begun;
};

// Does not keep the loop alive. It must stay where it is until the loop has closed its handles.
void heap_return_begin(struct heap_return *heap, uv_loop_t *loop);
// Closes its handles. Harmless when it was not begun.
void heap_return_end(struct heap_return *heap);

#endif
