#include "lib/core/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX 4096

// What a whole process shares: set once at its start.
static struct {
    const char *program;
    enum log_level level;
    enum log_format format;
} settings = {.program = "bulkhead", .level = LOG_LEVEL_INFO, .format = LOG_FORMAT_TEXT};

struct line {
    char text[LINE_BYTES_MAX];
    size_t n; // always leaves room for the end of the line
    bool json;
};

#define LINE_END_BYTES 3 // a quote, a brace, a newline

void log_init(const char *program, enum log_level level, enum log_format format)
{
    settings.program = program;
    settings.level = level;
    settings.format = format;
}

bool log_is_on(enum log_level level)
{
    return level <= settings.level;
}

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    size_t room = sizeof(line->text) - line->n - LINE_END_BYTES;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line->text + line->n, room, format, args);
    va_end(args);
    if (n > 0)
        line->n += (size_t)n < room ? (size_t)n : room - 1;
}

// Everything that is not printable ASCII is escaped: a value that comes from a peer must not move the terminal's cursor
// or end the line. One escape stands for one byte, in JSON as well.
static void add_escaped(struct line *line, const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\')
            add(line, "\\%c", c);
        else if (c == '\n')
            add(line, "\\n");
        else if (c < 0x20 || c > 0x7e)
            add(line, line->json ? "\\u00%02x" : "\\x%02x", c);
        else
            add(line, "%c", c);
    }
}

static bool needs_quotes(const char *s)
{
    if (!*s)
        return true;
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || (unsigned char)*s > 0x7e || *s == '"' || *s == '\\' || *s == '=')
            return true;
    return false;
}

static void add_string(struct line *line, const char *s)
{
    const char *quote = line->json || needs_quotes(s) ? "\"" : "";

    add(line, "%s", quote);
    add_escaped(line, s);
    add(line, "%s", quote);
}

static void add_field(struct line *line, const struct log_field *field)
{
    int error = (int)(field->i < 0 ? -field->i : field->i);
    const char *quote = line->json ? "\"" : "";
    char text[128];

    add(line, line->json ? ",\"%s\":" : " %s=", field->key);
    switch (field->kind) {
    case LOG_FIELD_STR:
        add_string(line, field->s ? field->s : "");
        break;
    case LOG_FIELD_INT:
        add(line, "%lld", (long long)field->i);
        break;
    case LOG_FIELD_UINT:
        add(line, "%llu", (unsigned long long)field->u);
        break;
    case LOG_FIELD_HEX32:
        add(line, "%s%08llx%s", quote, (unsigned long long)field->u, quote);
        break;
    case LOG_FIELD_HEX64:
        add(line, "%s%016llx%s", quote, (unsigned long long)field->u, quote);
        break;
    case LOG_FIELD_ERRNO:
        add_string(line, strerror_r(error, text, sizeof(text)));
        break;
    }
}

static void add_head_json(struct line *line, enum log_level level, const char *event)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    add(line, "{\"time\":%lld.%03ld,\"priority\":%d,\"program\":", (long long)now.tv_sec, now.tv_nsec / 1000000, level);
    add_string(line, settings.program);
    add(line, ",\"event\":");
    add_string(line, event);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    struct line line = {.json = settings.format == LOG_FORMAT_JSON};
    int saved_errno = errno;
    ssize_t written;

    if (!log_is_on(level))
        return;
    if (line.json)
        add_head_json(&line, level, event);
    else
        add(&line, "<%d>%s: %s", level, settings.program, event);
    for (; fields->key; fields++)
        add_field(&line, fields);
    if (line.json)
        line.text[line.n++] = '}';
    line.text[line.n++] = '\n';
    written = write(STDERR_FILENO, line.text, line.n); // nobody is left to tell when this fails
    (void)written;
    errno = saved_errno;
}
