#include "lib/schema/mistake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/schema/tree.h"

struct mistakes mistakes_of(const char *file)
{
    return (struct mistakes){.file = file};
}

void mistakes_done(struct mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->n; i++) {
        free(mistakes->list[i].path);
        free(mistakes->list[i].text);
    }
    free(mistakes->list);
    *mistakes = (struct mistakes){0};
}

// What is not printable ASCII is escaped: texts quote what a stranger wrote, and end up on terminals, in logs and in
// JSON.
static char *escape(const char *s)
{
    char *out = malloc(4 * strlen(s) + 1);
    size_t n = 0;

    if (!out)
        return NULL;
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || (unsigned char)*s > 0x7e)
            n += (size_t)sprintf(out + n, "\\x%02x", (unsigned char)*s);
        else
            out[n++] = *s;
    out[n] = '\0';
    return out;
}

static struct mistake *grow(struct mistakes *mistakes)
{
    if (!mistakes->list)
        mistakes->list = calloc(MISTAKE_COUNT_MAX, sizeof(*mistakes->list));
    if (!mistakes->list || mistakes->n == MISTAKE_COUNT_MAX)
        return NULL;
    return &mistakes->list[mistakes->n];
}

static void append(struct mistakes *mistakes, const struct mistake *place, const char *path, const char *text)
{
    struct mistake *m = grow(mistakes);

    if (!m) {
        mistakes->omitted++;
        return;
    }
    *m = *place;
    m->path = escape(path);
    m->text = escape(text);
    if (m->path && m->text) {
        mistakes->n++;
        return;
    }
    free(m->path);
    free(m->text);
    mistakes->omitted++;
}

__attribute__((format(printf, 4, 0))) static void add(struct mistakes *mistakes, const struct mistake *place,
                                                      const char *path, const char *format, va_list args)
{
    char *text;

    if (mistakes->n == MISTAKE_COUNT_MAX || vasprintf(&text, format, args) < 0) {
        mistakes->omitted++;
        return;
    }
    append(mistakes, place, path, text);
    free(text);
}

void mistake_add(struct mistakes *mistakes, unsigned line, unsigned column, const char *path, const char *format, ...)
{
    struct mistake place = {.line = line, .column = column};
    va_list args;

    va_start(args, format);
    add(mistakes, &place, path, format, args);
    va_end(args);
}

void mistake_add_at(struct mistakes *mistakes, const char *path, const char *format, ...)
{
    bool looked_up = mistakes->tree && mistakes->n < MISTAKE_COUNT_MAX;
    const struct tree_node *node = looked_up ? tree_find(mistakes->tree, path) : NULL;
    struct mistake place = {0};
    va_list args;

    if (node) {
        place.line = node->line;
        place.column = node->column;
    }
    va_start(args, format);
    add(mistakes, &place, path, format, args);
    va_end(args);
}

static void print_mistake(FILE *f, const char *file, const struct mistake *m)
{
    if (file)
        fprintf(f, "%s:", file);
    if (m->line)
        fprintf(f, "%u:%u:", m->line, m->column);
    if (file || m->line)
        fputc(' ', f);
    if (*m->path)
        fprintf(f, "%s: ", m->path);
    fputs(m->text, f);
}

char *mistake_format(const struct mistakes *mistakes, const struct mistake *mistake)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    if (!f)
        return NULL;
    print_mistake(f, mistakes->file, mistake);
    fclose(f);
    return text;
}

static int compare_places(const void *a, const void *b)
{
    const struct mistake *x = *(const struct mistake *const *)a, *y = *(const struct mistake *const *)b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x < y ? -1 : 1; // of one place: as found
}

char *mistakes_format(const struct mistakes *mistakes)
{
    const struct mistake *sorted[MISTAKE_COUNT_MAX];
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    if (!f)
        return NULL;
    for (size_t i = 0; i < mistakes->n; i++)
        sorted[i] = &mistakes->list[i];
    qsort(sorted, mistakes->n, sizeof(*sorted), compare_places);
    for (size_t i = 0; i < mistakes->n; i++) {
        print_mistake(f, mistakes->file, sorted[i]);
        fputc('\n', f);
    }
    if (mistakes->omitted)
        fprintf(f, "and %zu more\n", mistakes->omitted);
    fclose(f);
    return text;
}
