#include "fw-d/tunnel_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tunnel_names_done(struct tunnel_names *names)
{
    free(names->names);
    *names = (struct tunnel_names){0};
}

static int make_room(struct tunnel_names *names)
{
    size_t size = names->size ? 2 * names->size : 64;
    void *more;

    if (names->n < names->size)
        return 0;
    more = reallocarray(names->names, size, sizeof(*names->names));
    if (!more)
        return -ENOMEM;
    names->names = more;
    names->size = size;
    return 0;
}

int tunnel_names_add(struct tunnel_names *names, const char *name, uint32_t *ret_number)
{
    size_t n = strlen(name);
    int r;

    if (n > TUNNEL_NAME_MAX)
        return -EINVAL;
    if (!names->n || strcmp(names->names[names->n - 1], name) != 0) {
        r = make_room(names);
        if (r < 0)
            return r;
        memcpy(names->names[names->n++], name, n + 1);
    }
    *ret_number = (uint32_t)names->n;
    return 0;
}

const char *tunnel_names_at(const struct tunnel_names *names, uint32_t number)
{
    return number && number <= names->n ? names->names[number - 1] : "";
}
