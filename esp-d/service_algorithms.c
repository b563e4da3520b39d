#include "esp-d/service_algorithms.h"

static char *lent(const char *name)
{
    return (char *)(uintptr_t)name;
}

size_t service_algorithms_fill(struct service_algorithms *algorithms, const struct cipher_choice *ciphers,
                               bool failed_alone)
{
    size_t n = 0;

    for (unsigned i = 0; i < ciphers->rows_n; i++) {
        const struct cipher_choice_row *row = &ciphers->rows[i];
        const struct cipher_backend *backend = cipher_choice_of(ciphers, row);
        Bulkhead__Internal__V1__EspAlgorithm *m = &algorithms->message[n];

        bulkhead__internal__v1__esp_algorithm__init(m);
        m->name = lent(row->algorithm.name);
        m->backend = lent(backend ? backend->name : "");
        m->failed_backends = algorithms->failed[n];
        for (unsigned k = 0; k < ciphers->backends_n; k++) {
            if (row->verdict[k] == CIPHER_FAILS)
                m->failed_backends[m->n_failed_backends++] = lent(ciphers->backends[k]->name);
        }
        if (m->n_failed_backends || !failed_alone)
            algorithms->list[n++] = m;
    }
    return n;
}
