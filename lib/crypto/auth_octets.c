#include "lib/crypto/auth_octets.h"

#include <errno.h>

#include "lib/core/secret.h"
#include "lib/core/wiping.h"
#include "lib/core/writer.h"
#include "lib/crypto/prf.h"

int auth_octets_assemble(const struct prf_algorithm *prf, const struct auth_octets *octets, struct bytes *ret_data)
{
    const uint8_t id_header[4] = {octets->id_type}; // RFC 7296 3.5: type, RESERVED
    size_t n = octets->message.n + octets->nonce.n + prf->key_bytes;
    uint8_t maced_id[PRF_BYTES_MAX], *data;
    struct writer w;
    int r = prf_compute(prf, octets->sk_p, PRF_INPUT(bytes_of(id_header, 4), octets->id_data), maced_id);

    if (r < 0)
        return r;
    data = wiping_malloc(n);
    if (!data) {
        secret_wipe(maced_id, sizeof(maced_id));
        return -ENOMEM;
    }
    w = writer_of(data, n);
    writer_bytes(&w, octets->message);
    writer_bytes(&w, octets->nonce);
    writer_bytes(&w, bytes_of(maced_id, prf->key_bytes));
    secret_wipe(maced_id, sizeof(maced_id));
    *ret_data = writer_view(&w);
    return 0;
}
