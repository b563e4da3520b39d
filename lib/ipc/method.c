#include "lib/ipc/method.h"

#include <stddef.h>

const struct ipc_method *ipc_method_find(const struct ipc_method *table, uint32_t id)
{
    if (!id)
        return NULL;
    for (; table->id; table++)
        if (table->id == id)
            return table;
    return NULL;
}
