// An AUTH payload, its method first: parsed, told, and encoded again; and its data as a list of hashes.
#include <stdlib.h>

#include "ike-d/wire/auth_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static void round_trip(const struct auth_signature *s)
{
    static uint8_t buffer[70000];
    struct auth_payload again = {.method = AUTH_METHOD_DIGITAL_SIGNATURE};
    struct writer w = writer_of(buffer, sizeof(buffer));
    struct auth_signature t;
    struct wire_error error;

    if (!auth_signature_encode(s->key, s->hash, s->value, &w) || !writer_ok(&w))
        return;
    again.data = writer_view(&w);
    require(auth_signature_parse(&again, &t, &error) == WIRE_OK);
    require(t.key == s->key && t.hash == s->hash && bytes_equal(t.value, s->value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct auth_payload auth;
    struct auth_signature s;
    struct wire_error error;
    uint32_t hashes;
    char text[128];

    if (size < 2)
        return 0;
    auth = (struct auth_payload){.method = data[0], .data = bytes_of(data + 1, size - 1)};
    if (auth_signature_parse(&auth, &s, &error) == WIRE_OK)
        round_trip(&s);
    auth_signature_describe(&auth, text, sizeof(text));
    auth_signature_parse_hashes(auth.data, &hashes);
    return 0;
}
