#include "lib/net/host_name.h"

#include <ctype.h>
#include <string.h>

#define LABEL_MAX_BYTES 63

static bool is_label(const char *text, size_t n)
{
    if (n == 0 || n > LABEL_MAX_BYTES || text[0] == '-' || text[n - 1] == '-')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    return true;
}

bool host_name_is_valid(const char *text)
{
    size_t n = strlen(text), at = 0, label = 0;

    if (n && text[n - 1] == '.')
        n--;
    if (n == 0 || n > HOST_NAME_MAX_BYTES)
        return false;
    while (at <= n) {
        const char *dot = memchr(text + at, '.', n - at);

        label = at;
        at = dot ? (size_t)(dot - text) + 1 : n + 1;
        if (!is_label(text + label, at - 1 - label))
            return false;
    }
    return strspn(text + label, "0123456789") < n - label;
}
