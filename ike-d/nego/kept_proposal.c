#include "ike-d/nego/kept_proposal.h"

#include <errno.h>
#include <string.h>

int kept_proposal_set(struct kept_proposal *kept, const struct proposal *chosen)
{
    if (chosen->n > KEPT_TRANSFORMS_MAX || chosen->spi_size > sizeof(kept->spi)) {
        return -EINVAL;
    }
    *kept = (struct kept_proposal){
        .number = chosen->number, .protocol = chosen->protocol, .spi_size = chosen->spi_size, .n = (uint8_t)chosen->n};
    memcpy(kept->spi, chosen->spi, sizeof(kept->spi));
    memcpy(kept->transform, chosen->transform, chosen->n * sizeof(kept->transform[0]));
    return 0;
}

struct proposal kept_proposal_get(const struct kept_proposal *kept)
{
    struct proposal chosen = {
        .number = kept->number, .protocol = kept->protocol, .spi_size = kept->spi_size, .n = kept->n};
    memcpy(chosen.spi, kept->spi, sizeof(kept->spi));
    memcpy(chosen.transform, kept->transform, kept->n * sizeof(kept->transform[0]));
    return chosen;
}
