// Memory for a message that goes as a whole: no gaps and no heads between its many small parts.
#ifndef BULKHEAD_API_ARENA_H
#define BULKHEAD_API_ARENA_H

#include <protobuf-c/protobuf-c.h>

struct arena_block;

// All zero, but for what arena_init sets, is an empty one.
struct arena {
    ProtobufCAllocator allocator;
    struct arena_block *blocks;
};

void arena_init(struct arena *arena);
// Frees all that was taken from it.
void arena_done(struct arena *arena);
// Never freed by itself. NULL without memory.
void *arena_take(struct arena *arena, size_t n);

#endif
