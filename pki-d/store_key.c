#include "pki-d/store_key.h"

#include <errno.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/core/secret.h"
#include "lib/core/writer.h"
#include "pki-d/seal.h"
#include "pki-d/store_query.h"

// An RSA key of 4096 bits takes 2.4 kB.
#define KEY_MAX_BYTES (STORE_KEY_SEALED_MAX_BYTES - SEAL_OVERHEAD_BYTES)

struct bytes store_key_associate(struct bytes name, int64_t id, struct store_key_association *association)
{
    struct writer w = writer_of(association->b, sizeof(association->b));

    writer_bytes(&w, bytes_of_str("key "));
    writer_u64(&w, (uint64_t)id);
    writer_bytes(&w, name);
    return writer_view(&w);
}

// -EIO when the library fails or the key is too long.
static int encode(EVP_PKEY *key, uint8_t *out, size_t *ret_n)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;
    int r = -EIO;

    if (n > 0 && n <= KEY_MAX_BYTES && i2d_PKCS8_PRIV_KEY_INFO(info, &out) == n) {
        *ret_n = (size_t)n;
        r = 0;
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return r;
}

// Random, so that none is ever used again.
static int draw_id(int64_t *ret_id)
{
    uint64_t random;

    if (RAND_bytes((uint8_t *)&random, sizeof(random)) != 1)
        return -EIO;
    *ret_id = (int64_t)(random >> 1) | 1;
    return 0;
}

static int insert(struct store *store, struct bytes name, int64_t id, struct bytes sealed)
{
    struct query query = query_begin(store, "INSERT INTO key (id, name, sealed) VALUES (?1, ?2, ?3)");

    query_put_int(&query, id);
    query_put_text(&query, name);
    query_put_bytes(&query, sealed);
    return query_run(&query);
}

int store_key_add(struct store *store, struct bytes name, EVP_PKEY *key, int64_t *ret_id)
{
    uint8_t *clear = secret_alloc(KEY_MAX_BYTES);
    uint8_t sealed[STORE_KEY_SEALED_MAX_BYTES];
    struct store_key_association association;
    int64_t id = 0;
    size_t n = 0;
    int r;

    r = clear ? encode(key, clear, &n) : -ENOMEM;
    if (r == 0)
        r = draw_id(&id);
    if (r == 0)
        r = seal_close(&store->key, store_key_associate(name, id, &association), bytes_of(clear, n), sealed);
    secret_free(clear, KEY_MAX_BYTES);
    if (r == 0)
        r = insert(store, name, id, bytes_of(sealed, n + SEAL_OVERHEAD_BYTES));
    if (r == 0)
        *ret_id = id;
    return r;
}

static int decode(const uint8_t *clear, size_t n, EVP_PKEY **ret_key)
{
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &clear, (long)n);

    *ret_key = info ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return *ret_key ? 0 : -EBADMSG;
}

static int open_sealed(struct store *store, struct bytes associated, struct bytes sealed, EVP_PKEY **ret_key)
{
    uint8_t *clear;
    int r;

    if (sealed.n <= SEAL_OVERHEAD_BYTES || sealed.n > STORE_KEY_SEALED_MAX_BYTES)
        return -EBADMSG;
    clear = secret_alloc(KEY_MAX_BYTES);
    if (!clear)
        return -ENOMEM;
    r = seal_open(&store->key, associated, sealed, clear);
    if (r == 0)
        r = decode(clear, sealed.n - SEAL_OVERHEAD_BYTES, ret_key);
    secret_free(clear, KEY_MAX_BYTES);
    return r;
}

static struct store_open_key *find_open(struct store *store, struct bytes name, int64_t id)
{
    for (size_t i = 0; i < STORE_OPEN_KEYS_MAX; i++) {
        struct store_open_key *open = &store->open_keys[i];
        if (open->key && open->id == id && bytes_equal(bytes_of_str(open->name), name))
            return open;
    }
    return NULL;
}

// In the place of the one that was used longest ago.
static void keep_open(struct store *store, struct bytes name, int64_t id, EVP_PKEY *key)
{
    struct store_open_key *place = &store->open_keys[0];

    for (size_t i = 1; i < STORE_OPEN_KEYS_MAX && place->key; i++)
        if (!store->open_keys[i].key || store->open_keys[i].used < place->used)
            place = &store->open_keys[i];
    if (EVP_PKEY_up_ref(key) != 1)
        return;
    EVP_PKEY_free(place->key);
    *place = (struct store_open_key){.id = id, .key = key, .used = ++store->openings};
    memcpy(place->name, name.p, name.n);
}

void store_key_close_all(struct store *store)
{
    for (size_t i = 0; i < STORE_OPEN_KEYS_MAX; i++) {
        EVP_PKEY_free(store->open_keys[i].key);
        store->open_keys[i].key = NULL;
    }
}

static int open_stored(struct store *store, struct bytes name, int64_t id, EVP_PKEY **ret_key)
{
    struct query query = query_begin(store, "SELECT sealed FROM key WHERE id = ?1");
    struct store_key_association association;
    int r;

    query_put_int(&query, id);
    r = query_step(&query);
    if (r == 1)
        r = open_sealed(store, store_key_associate(name, id, &association), query_bytes(&query, 0), ret_key);
    else if (r == 0)
        r = -ENOENT;
    query_end(&query);
    return r;
}

int store_key_open(struct store *store, struct bytes name, int64_t id, EVP_PKEY **ret_key)
{
    struct store_open_key *open = find_open(store, name, id);
    int r;

    if (open && EVP_PKEY_up_ref(open->key) == 1) {
        open->used = ++store->openings;
        *ret_key = open->key;
        return 0;
    }
    if (name.n > PKI_NAME_MAX_BYTES)
        return -ENOENT;
    r = open_stored(store, name, id, ret_key);
    if (r == 0)
        keep_open(store, name, id, *ret_key);
    return r;
}
