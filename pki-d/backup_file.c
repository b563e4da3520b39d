#include "pki-d/backup_file.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/secret.h"

#define LOG2_N      16
#define LOG2_N_MAX  18 // a file may not ask for more: 256 MiB
#define BLOCK_R     8
#define PARALLEL_P  1
#define SALT_BYTES  16
#define NONCE_BYTES 12
#define TAG_BYTES   16
#define KEY_BYTES   32
#define CHUNK_BYTES (1 << 30) // OpenSSL counts in int

static const char magic[] = "BULKHEAD-BACKUP-1\n";

#define MAGIC_BYTES (sizeof(magic) - 1)

struct head {
    uint8_t magic[MAGIC_BYTES];
    uint8_t log2_n, r, p;
    uint8_t salt[SALT_BYTES];
    uint8_t nonce[NONCE_BYTES];
};

_Static_assert(sizeof(struct head) == MAGIC_BYTES + 3 + SALT_BYTES + NONCE_BYTES, "no gaps: it is written as it is");

static bool derive(struct bytes passphrase, const struct head *head, uint8_t key[KEY_BYTES])
{
    uint64_t n = 1ull << head->log2_n;
    uint64_t memory = 128 * n * head->r + 128ull * head->r * head->p + (1u << 20); // RFC 7914 2, and some

    return EVP_PBE_scrypt((const char *)passphrase.p, passphrase.n, head->salt, sizeof(head->salt), n, head->r, head->p,
                          memory, key, KEY_BYTES) == 1;
}

static bool update(EVP_CIPHER_CTX *ctx, uint8_t *out, struct bytes in)
{
    int n;

    for (size_t done = 0; done < in.n; done += (size_t)n) {
        int chunk = in.n - done < CHUNK_BYTES ? (int)(in.n - done) : CHUNK_BYTES;
        if (EVP_CipherUpdate(ctx, out + done, &n, in.p + done, chunk) != 1 || n != chunk)
            return false;
    }
    return true;
}

// The cipher with key, nonce and head, ready for the text; NULL when the library fails.
static EVP_CIPHER_CTX *begin(struct bytes passphrase, const struct head *head, int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t key[KEY_BYTES];
    bool good = ctx && derive(passphrase, head, key) &&
                EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, head->nonce, encrypt) == 1;
    int n;

    secret_wipe(key, sizeof(key));
    if (good && EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)head, sizeof(*head)) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

static bool make_head(struct head *head)
{
    memcpy(head->magic, magic, MAGIC_BYTES);
    head->log2_n = LOG2_N;
    head->r = BLOCK_R;
    head->p = PARALLEL_P;
    return RAND_bytes(head->salt, sizeof(head->salt)) == 1 && RAND_bytes(head->nonce, sizeof(head->nonce)) == 1;
}

enum backup_file_result backup_file_seal(struct bytes passphrase, struct bytes image, uint8_t **ret_file, size_t *ret_n)
{
    size_t n = sizeof(struct head) + image.n + TAG_BYTES;
    uint8_t *file = malloc(n);
    EVP_CIPHER_CTX *ctx = NULL;
    struct head head;
    bool good;
    int last;

    if (file && make_head(&head))
        ctx = begin(passphrase, &head, 1);
    good = ctx && update(ctx, file + sizeof(head), image) &&
           EVP_CipherFinal_ex(ctx, file + sizeof(head) + image.n, &last) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, file + sizeof(head) + image.n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!good) {
        free(file);
        return BACKUP_FILE_FAILED;
    }
    memcpy(file, &head, sizeof(head));
    *ret_file = file;
    *ret_n = n;
    return BACKUP_FILE_OK;
}

static bool is_ours(struct bytes file, struct head *ret_head)
{
    if (file.n < sizeof(*ret_head) + TAG_BYTES)
        return false;
    memcpy(ret_head, file.p, sizeof(*ret_head));
    return memcmp(ret_head->magic, magic, MAGIC_BYTES) == 0 && ret_head->log2_n > 0 && ret_head->log2_n <= LOG2_N_MAX &&
           ret_head->r == BLOCK_R && ret_head->p == PARALLEL_P;
}

static enum backup_file_result decrypt(EVP_CIPHER_CTX *ctx, struct bytes text, uint8_t *image)
{
    uint8_t tag[TAG_BYTES];
    int last;

    memcpy(tag, text.p + text.n, sizeof(tag));
    if (!update(ctx, image, text) || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) != 1)
        return BACKUP_FILE_FAILED;
    return EVP_CipherFinal_ex(ctx, image + text.n, &last) == 1 ? BACKUP_FILE_OK : BACKUP_FILE_REFUSED;
}

enum backup_file_result backup_file_open(struct bytes passphrase, struct bytes file, uint8_t **ret_image, size_t *ret_n)
{
    enum backup_file_result result = BACKUP_FILE_FAILED;
    EVP_CIPHER_CTX *ctx;
    struct bytes text;
    struct head head;
    uint8_t *image;

    if (!is_ours(file, &head))
        return BACKUP_FILE_FOREIGN;
    text = bytes_of(file.p + sizeof(head), file.n - sizeof(head) - TAG_BYTES);
    image = malloc(text.n + 1);
    ctx = image ? begin(passphrase, &head, 0) : NULL;
    if (ctx)
        result = decrypt(ctx, text, image);
    EVP_CIPHER_CTX_free(ctx);
    if (result == BACKUP_FILE_OK) {
        *ret_image = image;
        *ret_n = text.n;
    } else if (image) {
        secret_wipe(image, text.n);
        free(image);
    }
    return result;
}
