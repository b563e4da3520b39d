#include "esp-d/send_run.h"

#include "esp-d/esp_limits.h"

static bool has_room(const struct send_run *run, uint32_t bytes)
{
    return run->n < ESP_UDP_SEGMENTS_MAX && run->bytes + bytes <= ESP_UDP_SEND_BYTES_MAX;
}

bool send_run_add(struct send_run *run, const struct seal_packet *next)
{
    const struct seal_packet *first = run->first;
    uint32_t step;

    if (!run->n || first->drop || next->drop || !has_room(run, next->esp_bytes))
        return false;
    step = first->esp_bytes;
    // Only a run of whole steps goes on.
    if (run->bytes != run->n * step || next->esp_bytes > step || next->child != first->child ||
        next->traffic_class != first->traffic_class || next->esp != first->esp + run->bytes)
        return false;
    run->n++;
    run->bytes += next->esp_bytes;
    return true;
}

bool send_run_is_full(const struct send_run *run)
{
    return run->n && !has_room(run, run->first->esp_bytes);
}
