// A captured IKE conversation with the secrets of its peers: tests/unit/ike-d/capture/*.txt.
#ifndef BULKHEAD_TESTS_CAPTURE_H
#define BULKHEAD_TESTS_CAPTURE_H

#include <stdio.h>

#include "tests/unit/lib/hex.h"

#define CAPTURE_MESSAGES_MAX 32
#define CAPTURE_SECRETS_MAX  64

struct capture {
    unsigned messages_n;
    char sender[CAPTURE_MESSAGES_MAX];
    struct bytes message[CAPTURE_MESSAGES_MAX];
    unsigned secrets_n;
    char name[CAPTURE_SECRETS_MAX][24];
    struct bytes secret[CAPTURE_SECRETS_MAX];
};

static inline struct bytes capture_hex(const char *hex)
{
    size_t size = strlen(hex) / 2;
    uint8_t *b = malloc(size ? size : 1);

    return hex_into(hex, b, size);
}

static inline void capture_line(struct capture *c, const char *name, const char *hex)
{
    if (name[1] == '\0') {
        c->sender[c->messages_n] = name[0];
        c->message[c->messages_n++] = capture_hex(hex);
    } else {
        snprintf(c->name[c->secrets_n], sizeof(c->name[0]), "%.23s", name);
        c->secret[c->secrets_n++] = capture_hex(hex);
    }
}

// Tests run in the source folder.
static inline struct capture *capture_load(const char *name)
{
    struct capture *c = calloc(1, sizeof(*c));
    char path[128];
    static char line[8192];
    FILE *f;

    snprintf(path, sizeof(path), "tests/unit/ike-d/capture/%s.txt", name);
    f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s cannot be read", path);
    while (fgets(line, sizeof(line), f)) {
        char *space = strchr(line, ' ');

        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || !space)
            continue;
        *space = '\0';
        capture_line(c, line, space + 1);
    }
    fclose(f);
    return c;
}

static inline void capture_free(struct capture *c)
{
    for (unsigned i = 0; i < c->messages_n; i++)
        free((void *)(uintptr_t)c->message[i].p);
    for (unsigned i = 0; i < c->secrets_n; i++)
        free((void *)(uintptr_t)c->secret[i].p);
    free(c);
}

// The i-th secret of that name, empty when there is none.
static inline struct bytes capture_secret(const struct capture *c, const char *name, unsigned i)
{
    for (unsigned k = 0; k < c->secrets_n; k++)
        if (strcmp(c->name[k], name) == 0 && i-- == 0)
            return c->secret[k];
    return bytes_of(NULL, 0);
}

#endif
