// The desired state: one configuration, decoded and valid, with the text it came from; and its file,
// STATE/api-d/config.yaml, which is the text that was applied last.
#ifndef BULKHEAD_API_DESIRED_STATE_H
#define BULKHEAD_API_DESIRED_STATE_H

#include "api-d/arena.h"
#include "api-d/buffer.h"
#include "api-d/packed_config.h"
#include "bulkhead/v1/config.pb-c.h"
#include "lib/schema/config.h"

struct desired_state {
    Bulkhead__V1__Config *config; // NULL: settled, and not open
    struct tree *tree;            // places in the text, and the text itself: until it is settled
    struct buffer text;
    char *file; // its name in messages
    bool settled;
    struct packed_config packed; // once it is settled
    struct arena arena;          // then has `config`, when it was unpacked again
    unsigned opened;             // how often
};

// Decodes and validates. 0; -EINVAL or -EFBIG with *ret_lines (malloc'd; one line a mistake, without a last newline);
// -ENOMEM. ret_lines may be set to NULL without memory.
int desired_state_decode(struct bytes text, const char *file, struct desired_state **ret_state, char **ret_lines);
// No tunnels at all. NULL without memory.
struct desired_state *desired_state_empty(void);
// NULL is taken.
void desired_state_free(struct desired_state *state);

// It is stored, and who applied it has heard what there is to say about it: lets go of all but the configuration, and
// of that once it is not open. Messages then name no lines any more.
void desired_state_settle(struct desired_state *state);
// state->config is there from here on until it was closed as often. NULL without memory: not opened.
const Bulkhead__V1__Config *desired_state_open(struct desired_state *state);
void desired_state_close(struct desired_state *state);

bool desired_state_has(const struct desired_state *state, const char *name);
// The tunnel of that name, a copy for the system's allocator; NULL: there is none, or no memory.
Bulkhead__V1__Tunnel *desired_state_find(const struct desired_state *state, const char *name);

// The lines for those tunnels whose secret is not among `names` (n of them, in any order): "file:line:column: path:
// secret "x" does not exist yet; ...". 0 with an array of malloc'd strings (both the caller's), or -ENOMEM.
int desired_state_missing_secrets(struct desired_state *state, char *const *names, size_t n, char ***ret_lines,
                                  size_t *ret_lines_n);

// Names of tunnels: in `new` (not settled yet) alone, in both but not the same, in `old` alone. Strings and arrays are
// malloc'd; free with desired_state_difference_done.
struct desired_state_difference {
    char **added, **changed, **removed;
    size_t added_n, changed_n, removed_n;
};
int desired_state_compare(struct desired_state *old, const struct desired_state *new,
                          struct desired_state_difference *ret_difference);
void desired_state_difference_done(struct desired_state_difference *difference);

// The file in `folder`. Reads its text: 0 (buffer_done is the caller's), -ENOENT or another -errno.
int desired_state_read(const char *folder, struct buffer *ret_text);
// The same from an open file. -EFBIG over API_CONFIG_MAX_BYTES.
int desired_state_read_fd(int fd, struct buffer *ret_text);
// Writes the text beside it and syncs it; then, when everything has accepted it, it takes the old one's place for good.
int desired_state_prepare(const char *folder, const struct desired_state *state);
int desired_state_commit(const char *folder);
void desired_state_abandon(const char *folder);

#endif
