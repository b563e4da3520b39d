#include "ike-d/nego/dialect.h"

#include <stdio.h>
#include <string.h>

#include "ike-d/nego/dialect_words.h"

static const struct dialect *const all[] = {&dialect_bulkhead, &dialect_swanctl, &dialect_routeros, &dialect_cisco};

const struct dialect *const dialects_likely[] = {&dialect_swanctl, &dialect_routeros, &dialect_cisco, NULL};

const struct dialect *dialect_of(enum vendor vendor)
{
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i]->vendor == vendor) {
            return all[i];
        }
    }
    return NULL;
}

char *dialect_bare_identity(const struct identity *id, char *out, size_t out_size)
{
    char text[IDENTITY_TEXT_MAX];
    const char *colon = strchr(identity_format(id, text, sizeof(text)), ':');
    (void)snprintf(out, out_size, "%.200s", colon ? colon + 1 : text);
    return out;
}
