// Mistakes in what an operator or a client wrote: collected, so that all of them can be told at once, each with its
// place and with what would be right.
#ifndef BULKHEAD_SCHEMA_MISTAKE_H
#define BULKHEAD_SCHEMA_MISTAKE_H

#include <stdbool.h>
#include <stddef.h>

struct tree;

struct mistake {
    unsigned line; // from 1; 0: not known
    unsigned column;
    char *path; // "tunnels[2].policies[0].remote"; "" for the whole
    char *text;
};

#define MISTAKE_COUNT_MAX 100

struct mistakes {
    const char *file;        // lent; NULL when there is none (a request's body)
    const struct tree *tree; // lent; where mistake_add_at looks for places; NULL: places stay unknown
    struct mistake *list;    // sorted by nothing but the order of finding
    size_t n;
    size_t omitted; // found beyond MISTAKE_COUNT_MAX, or lost for want of memory
};

struct mistakes mistakes_of(const char *file);
void mistakes_done(struct mistakes *mistakes);
static inline bool mistakes_any(const struct mistakes *mistakes)
{
    return mistakes->n > 0 || mistakes->omitted > 0;
}

// The path may be "".
__attribute__((format(printf, 5, 6))) void mistake_add(struct mistakes *mistakes, unsigned line, unsigned column,
                                                       const char *path, const char *format, ...);
// The same, with line and column looked up by the path in mistakes->tree: those of the nearest thing around it that is
// written there.
__attribute__((format(printf, 3, 4))) void mistake_add_at(struct mistakes *mistakes, const char *path,
                                                          const char *format, ...);

// "config.yaml:3:9: tunnels[0].remote.address: ..." in order of lines, one a line, each with a newline; a last line
// counts what was omitted. Without a file or a place these parts are left out. From malloc; NULL without memory.
char *mistakes_format(const struct mistakes *mistakes);
// One mistake in that form, without a newline. From malloc; NULL without memory.
char *mistake_format(const struct mistakes *mistakes, const struct mistake *mistake);

#endif
