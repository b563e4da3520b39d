// Any two TS payloads' bodies (the input's halves): parsed, printed, narrowed.
#include <stdlib.h>
#include <string.h>

#include "ike-d/nego/narrow.h"
#include "ike-d/wire/ts_payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static void set_pair(struct selector_pair *pair, const char *local, const char *remote, const char *protocol)
{
    const char *error = NULL;

    require(selector_parse(local, protocol, "", &pair->local, &error) == 0);
    require(selector_parse(remote, protocol, "", &pair->remote, &error) == 0);
}

static void copy(const struct ts_payload *ts, struct selector_list *list)
{
    list->n = ts->n;
    memcpy(list->s, ts->selector, ts->n * sizeof(list->s[0]));
}

static void round_trip(const struct ts_payload *ts)
{
    static struct ts_payload again;
    static uint8_t buffer[16384];
    struct writer w = writer_of(buffer, sizeof(buffer));
    struct wire_error error = {0};

    if (ts->n == 0)
        return;
    ts_payload_encode(ts->selector, ts->n, &w);
    require(writer_ok(&w) && ts_payload_parse(writer_view(&w), &again, &error) == WIRE_OK && again.n == ts->n);
    for (unsigned i = 0; i < ts->n; i++)
        require(selector_equal(&ts->selector[i], &again.selector[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ts_payload tsi;
    static struct ts_payload tsr;
    static struct selector_sides peer;
    static struct selector_sides sides;
    struct selector_pair policies[3];
    struct wire_error error = {0};
    char text[300];
    bool narrower = false;

    set_pair(&policies[0], "10.1.0.0/24", "10.2.0.0/24", "");
    set_pair(&policies[1], "10.1.1.7-10.1.1.9", "0.0.0.0/0", "tcp");
    set_pair(&policies[2], "fd00:1::/64", "fd00:2::/64", "ipv6-icmp");
    if (ts_payload_parse(bytes_of(data, size / 2), &tsi, &error) != WIRE_OK ||
        ts_payload_parse(bytes_of(data + size / 2, size - size / 2), &tsr, &error) != WIRE_OK) {
        require(error.text != NULL);
        return 0;
    }
    round_trip(&tsi);
    round_trip(&tsr);
    copy(&tsr, &peer.local);
    copy(&tsi, &peer.remote);
    narrow_format(&peer, text, sizeof(text));
    if (narrow_choose(policies, 3, &peer, &sides, &narrower))
        require(narrow_is_within(&sides, &peer));
    return 0;
}
