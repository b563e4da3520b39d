// Log lines: an event name and key=value fields, on stderr with a journal priority ("<6>"), or JSON lines. Never a
// secret: there is no field kind for raw bytes, and what prints hex is for SPIs and message headers.
//
//     log_info("tunnel_up", LOG_STR("tunnel", name), LOG_HEX32("spi_in", spi));
#ifndef BULKHEAD_CORE_LOG_H
#define BULKHEAD_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { // journal priorities, RFC 5424
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7,
};

enum log_format {
    LOG_FORMAT_TEXT,
    LOG_FORMAT_JSON,
};

struct log_field {
    const char *key; // NULL ends the list
    enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_UINT, LOG_FIELD_HEX32, LOG_FIELD_HEX64, LOG_FIELD_ERRNO } kind;
    union {
        const char *s;
        int64_t i;
        uint64_t u;
    };
};

#define LOG_STR(k, v)   ((struct log_field){.key = (k), .kind = LOG_FIELD_STR, .s = (v)})
#define LOG_INT(k, v)   ((struct log_field){.key = (k), .kind = LOG_FIELD_INT, .i = (int64_t)(v)})
#define LOG_UINT(k, v)  ((struct log_field){.key = (k), .kind = LOG_FIELD_UINT, .u = (uint64_t)(v)})
#define LOG_HEX32(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_HEX32, .u = (uint64_t)(v)})
#define LOG_HEX64(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_HEX64, .u = (uint64_t)(v)})
// A negative or positive errno, printed as its text under the key "error".
#define LOG_ERRNO(v) ((struct log_field){.key = "error", .kind = LOG_FIELD_ERRNO, .i = (int64_t)(v)})

// `program` is lent for the process's life and stands in every line.
void log_init(const char *program, enum log_level level, enum log_format format);
bool log_is_on(enum log_level level);
// Control characters and quotes in values are escaped. One write() a line.
void log_write(enum log_level level, const char *event, const struct log_field *fields);

// The list's end is added here. (Without __VA_OPT__, which not every tool that reads this knows.)
#define LOG_END                       ((struct log_field){.key = 0})
#define log_fields(level, event, ...) log_write((level), (event), (const struct log_field[]){__VA_ARGS__})
#define log_at(level, ...)            log_fields(level, __VA_ARGS__, LOG_END)
#define log_error(...)                log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)              log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)               log_at(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)                 log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
