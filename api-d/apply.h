// Changes the desired state, all or nothing: checks the text, stores it, brings it to the daemons, and goes back to the
// former state when one of them refuses. One change at a time; others wait in order.
#ifndef BULKHEAD_API_APPLY_H
#define BULKHEAD_API_APPLY_H

#include "api-d/desired_state.h"
#include "api-d/events.h"
#include "api-d/push.h"

struct apply_outcome {
    enum connect_code code; // CONNECT_OK: it runs
    const char *text;       // why not; lent, as is the rest
    struct desired_state_difference difference;
    char **warnings;
    size_t warnings_n;
};
typedef void apply_done_fn(void *arg, const struct apply_outcome *outcome);

struct apply_job;

struct apply {
    struct ipc_node *node;
    const char *folder;            // of the desired state's file; lent
    struct events *events;         // for what is to be told of a configuration; lent
    void (*on_current)(void *arg); // all daemons have taken `current`; NULL: nobody wants to know
    void *arg;
    struct push push;
    struct desired_state *current;
    struct apply_job *first, *last; // the first one is being applied
    unsigned waiting;
};

// node, folder and events are set already. `current` is taken; it is brought to the daemons as they come. The apply
// must stay where it is.
void apply_init(struct apply *apply, uv_loop_t *loop, struct desired_state *current);
// on_done is called once, perhaps before this returns. `text` and `file` are lent until this returns.
void apply_start(struct apply *apply, struct bytes text, const char *file, apply_done_fn *on_done, void *arg);
// Closes its handles; on_done of what waits is not called.
void apply_stop(struct apply *apply);

#endif
