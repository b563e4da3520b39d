#include "api-d/esp_sa.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/algorithm.h"
#include "lib/ipc/edge_message.h"

#define SUITE_TEXT_MAX 96
#define NAME_TEXT_MAX  48

static void fill_counters(Bulkhead__V1__Sa *sa, const Bulkhead__Internal__V1__EspSaCounters *from)
{
    Bulkhead__V1__SaCounters *to = sa->counters;

    if (!from)
        return;
    if (!to) {
        to = malloc(sizeof(*to));
        if (!to)
            return;
        bulkhead__v1__sa_counters__init(to);
        sa->counters = to;
    }
    to->bytes_in = from->bytes_in;
    to->packets_in = from->packets_in;
    to->bytes_out = from->bytes_out;
    to->packets_out = from->packets_out;
    to->replay_drops = from->replay_drops;
    to->integrity_drops = from->integrity_drops;
    to->selector_drops = from->selector_drops;
}

// What esp-d says wrongly is shown as "none". IP protocol 50 has no ports.
static char *endpoint_text(const Bulkhead__Internal__V1__EspSa *sa, const endpoint_message *from)
{
    struct endpoint endpoint = {0};
    char text[ENDPOINT_TEXT_MAX];

    (void)edge_message_endpoint(from, &endpoint);
    if (sa->encapsulation == BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE)
        return strdup(address_format(&endpoint.address, text, sizeof(text)));
    return strdup(endpoint_format(&endpoint, text, sizeof(text)));
}

static char *selector_text(const selector_message *from)
{
    struct selector selector = {.end_port = UINT16_MAX};
    char text[SELECTOR_TEXT_MAX];

    (void)edge_message_selector(from, &selector);
    return strdup(selector_format(&selector, text, sizeof(text)));
}

static char **selector_texts(selector_message *const *from, size_t n)
{
    char **texts = calloc(n + 1, sizeof(*texts));

    for (size_t i = 0; texts && i < n; i++)
        texts[i] = selector_text(from[i]);
    return texts;
}

static char *suite_text(const Bulkhead__Internal__V1__EspSa *sa)
{
    char encr[NAME_TEXT_MAX], integ[NAME_TEXT_MAX], text[SUITE_TEXT_MAX];

    transform_format(TRANSFORM_ENCR, (uint16_t)sa->encr, (uint16_t)sa->key_bits, encr, sizeof(encr));
    transform_format(TRANSFORM_INTEG, (uint16_t)sa->integ, 0, integ, sizeof(integ));
    snprintf(text, sizeof(text), "%s%s%s", encr, sa->integ ? "-" : "", sa->integ ? integ : "");
    return strdup(text);
}

static bool is_whole(const Bulkhead__V1__Sa *sa, size_t locals, size_t remotes)
{
    bool whole = sa->tunnel && sa->spi_in && sa->spi_out && sa->local && sa->remote && sa->suite && sa->encapsulation &&
                 sa->mode && sa->local_selectors && sa->remote_selectors && sa->established;

    for (size_t i = 0; whole && i < locals; i++)
        whole = sa->local_selectors[i];
    for (size_t i = 0; whole && i < remotes; i++)
        whole = sa->remote_selectors[i];
    return whole;
}

static const char *encapsulation_of(const Bulkhead__Internal__V1__EspSa *from)
{
    return from->encapsulation == BULKHEAD__INTERNAL__V1__ESP_ENCAPSULATION__ESP_ENCAPSULATION_NONE ? "none" : "udp";
}

static const char *mode_of(const Bulkhead__Internal__V1__EspSa *from)
{
    return from->mode == BULKHEAD__INTERNAL__V1__ESP_MODE__ESP_MODE_TRANSPORT ? "transport" : "tunnel";
}

// In place of what was there. Without memory that stays.
static void set_text(char **text, const char *value)
{
    char *copy = strdup(value);

    if (!copy)
        return;
    if (*text != protobuf_c_empty_string)
        free(*text);
    *text = copy;
}

void esp_sa_complete(Bulkhead__V1__Sa *sa, const Bulkhead__Internal__V1__EspSa *from)
{
    fill_counters(sa, from->counters);
    set_text(&sa->encapsulation, encapsulation_of(from));
    set_text(&sa->mode, mode_of(from));
    sa->esn = from->esn;
}

static char *spi_text(uint32_t spi)
{
    char text[9];

    snprintf(text, sizeof(text), "%08x", spi);
    return strdup(text);
}

static Google__Protobuf__Timestamp *timestamp(uint64_t unix_s)
{
    Google__Protobuf__Timestamp *time = malloc(sizeof(*time));

    if (time) {
        google__protobuf__timestamp__init(time);
        time->seconds = (int64_t)unix_s;
    }
    return time;
}

Bulkhead__V1__Sa *esp_sa_to_public(const Bulkhead__Internal__V1__EspSa *from)
{
    Bulkhead__V1__Sa *sa = malloc(sizeof(*sa));

    if (!sa)
        return NULL;
    bulkhead__v1__sa__init(sa);
    sa->tunnel = strdup(from->tunnel);
    sa->spi_in = spi_text(from->spi_in);
    sa->spi_out = spi_text(from->spi_out);
    sa->state = BULKHEAD__V1__SA_STATE__SA_STATE_ESTABLISHED;
    sa->local = endpoint_text(from, from->local);
    sa->remote = endpoint_text(from, from->remote);
    sa->suite = suite_text(from);
    sa->encapsulation = strdup(encapsulation_of(from));
    sa->mode = strdup(mode_of(from));
    sa->esn = from->esn;
    sa->local_selectors = selector_texts(from->local_selectors, from->n_local_selectors);
    sa->remote_selectors = selector_texts(from->remote_selectors, from->n_remote_selectors);
    sa->n_local_selectors = sa->local_selectors ? from->n_local_selectors : 0;
    sa->n_remote_selectors = sa->remote_selectors ? from->n_remote_selectors : 0;
    sa->established = timestamp(from->installed_s);
    fill_counters(sa, from->counters);
    if (!is_whole(sa, from->n_local_selectors, from->n_remote_selectors)) {
        bulkhead__v1__sa__free_unpacked(sa, NULL);
        return NULL;
    }
    return sa;
}
