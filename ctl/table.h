// Tables that fit the terminal.
#ifndef BULKHEAD_CTL_TABLE_H
#define BULKHEAD_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_column {
    const char *title;
    bool right;    // numbers
    bool shrinks;  // may be cut short ("...") when the terminal is too narrow
    bool optional; // left out when no row has anything but "-" there
};

// Of a whole row, on a terminal alone.
enum table_colour { TABLE_COLOUR_NONE, TABLE_COLOUR_YELLOW, TABLE_COLOUR_RED };

struct table;

// The columns are lent. NULL without memory.
struct table *table_new(const struct table_column *columns, size_t n);
// NULL is taken.
void table_free(struct table *table);
// One cell a column, copied; control characters are escaped, nothing becomes "-". A row that there is no memory for is
// missing.
void table_add(struct table *table, const char *const *cells);
// The row that was added last.
void table_colour(struct table *table, enum table_colour colour);
// Width 0: no limit, and no terminal.
void table_print(const struct table *table, FILE *out, unsigned width);

#endif
