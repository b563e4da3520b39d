#include "ctl/table.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/render.h"

#define CELL_BYTES_MAX 512
#define COLUMNS_MAX    16
#define GAP            2
#define SHRUNK_MIN     8

#define COLOUR_END "\033[0m"

static const char *const colour_codes[] = {
    [TABLE_COLOUR_NONE] = "", [TABLE_COLOUR_YELLOW] = "\033[33m", [TABLE_COLOUR_RED] = "\033[31m"};

struct table {
    const struct table_column *columns;
    size_t n_columns;
    char **cells;               // row by row
    enum table_colour *colours; // of the rows
    size_t rows;
};

struct table *table_new(const struct table_column *columns, size_t n)
{
    struct table *table = n <= COLUMNS_MAX ? calloc(1, sizeof(*table)) : NULL;

    if (!table)
        return NULL;
    table->columns = columns;
    table->n_columns = n;
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->rows * table->n_columns; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->colours);
    free(table);
}

void table_add(struct table *table, const char *const *cells)
{
    size_t n = table->n_columns;
    char **grown = realloc(table->cells, (table->rows + 1) * n * sizeof(*grown)), **row;
    enum table_colour *colours;

    if (!grown)
        return;
    table->cells = grown;
    colours = realloc(table->colours, (table->rows + 1) * sizeof(*colours));
    if (!colours)
        return;
    table->colours = colours;
    colours[table->rows] = TABLE_COLOUR_NONE;
    row = grown + table->rows * n;
    for (size_t i = 0; i < n; i++) {
        char text[CELL_BYTES_MAX];

        row[i] = strdup(render_cell(cells[i], text, sizeof(text)));
        if (!row[i]) {
            while (i > 0)
                free(row[--i]);
            return;
        }
    }
    table->rows++;
}

void table_colour(struct table *table, enum table_colour colour)
{
    if (table->rows)
        table->colours[table->rows - 1] = colour;
}

// Characters, not bytes: UTF-8's following bytes take no room.
static unsigned width_of(const char *text)
{
    unsigned n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool is_left_out(const struct table *table, size_t column)
{
    if (!table->columns[column].optional)
        return false;
    for (size_t row = 0; row < table->rows; row++)
        if (strcmp(table->cells[row * table->n_columns + column], "-") != 0)
            return false;
    return true;
}

// Widths of the columns, 0 for one that is left out; returns their sum with the gaps.
static unsigned measure(const struct table *table, unsigned *widths)
{
    unsigned sum = 0;

    for (size_t i = 0; i < table->n_columns; i++) {
        widths[i] = 0;
        if (is_left_out(table, i))
            continue;
        widths[i] = width_of(table->columns[i].title);
        for (size_t row = 0; row < table->rows; row++) {
            unsigned w = width_of(table->cells[row * table->n_columns + i]);

            widths[i] = w > widths[i] ? w : widths[i];
        }
        sum += widths[i] + GAP;
    }
    return sum > GAP ? sum - GAP : 0;
}

static void shrink(const struct table *table, unsigned *widths, unsigned too_much)
{
    for (; too_much > 0; too_much--) {
        size_t widest = table->n_columns;

        for (size_t i = 0; i < table->n_columns; i++)
            if (table->columns[i].shrinks && widths[i] > SHRUNK_MIN &&
                (widest == table->n_columns || widths[i] > widths[widest]))
                widest = i;
        if (widest == table->n_columns)
            return; // lines will be too long
        widths[widest]--;
    }
}

// Prints at most `width` characters, the last three of them dots when that cuts something off; returns how many.
static unsigned print_cut(FILE *out, const char *text, unsigned width)
{
    unsigned all = width_of(text), kept = all <= width ? all : width > 3 ? width - 3 : width, n = 0;

    for (; *text; text++) {
        if (((unsigned char)*text & 0xc0) != 0x80 && n++ == kept)
            break;
        fputc(*text, out);
    }
    if (all <= width)
        return all;
    fputs(width > 3 ? "..." : "", out);
    return width;
}

static void print_row(const struct table *table, FILE *out, const unsigned *widths, char *const *cells)
{
    unsigned owed = 0; // spaces that only count if something follows

    for (size_t i = 0; i < table->n_columns; i++) {
        const char *text = cells ? cells[i] : table->columns[i].title;
        unsigned n = width_of(text), before, printed;

        if (widths[i] == 0)
            continue;
        before = owed + (table->columns[i].right && n < widths[i] ? widths[i] - n : 0);
        fprintf(out, "%*s", (int)before, "");
        printed = print_cut(out, text, widths[i]);
        owed = GAP + (table->columns[i].right ? 0 : widths[i] - printed);
    }
    fputc('\n', out);
}

void table_print(const struct table *table, FILE *out, unsigned width)
{
    unsigned widths[COLUMNS_MAX], sum = measure(table, widths);

    if (width && sum > width)
        shrink(table, widths, sum - width);
    print_row(table, out, widths, NULL);
    for (size_t row = 0; row < table->rows; row++) {
        const char *colour = width ? colour_codes[table->colours[row]] : "";

        fputs(colour, out);
        print_row(table, out, widths, table->cells + row * table->n_columns);
        fputs(*colour ? COLOUR_END : "", out);
    }
}
