// Distinguished names: a Name in DER as a peer sends it, and the same bytes as text of a configuration.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/net/distinguished_name.h"

#define TEXT_MAX 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What is printed in full reads back as an equal name.
static void check_text(const char *text)
{
    uint8_t der[4096], again[4096];
    size_t n, again_n;
    char *printed;

    if (distinguished_name_from_text(text, true, sizeof(der), der, &n) < 0)
        return;
    printed = malloc(TEXT_MAX);
    if (!printed)
        return;
    distinguished_name_format(bytes_of(der, n), printed, TEXT_MAX);
    if (distinguished_name_from_text(printed, true, sizeof(again), again, &again_n) < 0 ||
        !distinguished_name_equal(bytes_of(der, n), bytes_of(again, again_n)) ||
        distinguished_name_hash(bytes_of(der, n)) != distinguished_name_hash(bytes_of(again, again_n)))
        abort();
    free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct distinguished_name name;
    char text[1024];

    if (distinguished_name_parse(bytes_of(data, size), &name) == 0 && (name.n == 0 || name.attributes[0].joins))
        abort();
    if (!distinguished_name_equal(bytes_of(data, size), bytes_of(data, size)) ||
        !distinguished_name_fits(bytes_of(data, size), bytes_of(data, size)))
        abort();
    distinguished_name_format(bytes_of(data, size), text, sizeof(text));
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            abort();
    if (size < sizeof(text)) {
        memcpy(text, data, size);
        text[size] = '\0';
        check_text(text);
    }
    return 0;
}
