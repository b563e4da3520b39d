#include "lib/crypto/cipher.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/crypto/mac.h"

#define NONCE_BYTES_MAX 16

// The layout's pieces, from the sizes.
struct layout {
    size_t iv_offset;
    size_t text_offset;
    size_t text_n;
    size_t icv_offset;
    size_t icv_n;
};

int cipher_init(struct cipher *cipher, const struct encr_algorithm *encr, struct bytes encr_key,
                const struct integ_algorithm *integ, struct bytes integ_key)
{
    uint8_t *keys;

    if (encr->aead != !integ || encr_key.n != (size_t)encr->key_bytes + encr->salt_bytes ||
        integ_key.n != (integ ? integ->key_bytes : 0))
        return -EINVAL;
    keys = secret_alloc(encr_key.n + integ_key.n);
    if (!keys)
        return -ENOMEM;
    memcpy(keys, encr_key.p, encr_key.n);
    if (integ_key.n)
        memcpy(keys + encr_key.n, integ_key.p, integ_key.n);
    *cipher = (struct cipher){.encr = encr, .integ = integ, .keys = keys};
    return 0;
}

struct bytes cipher_encr_key(const struct cipher *cipher)
{
    return bytes_of(cipher->keys, (size_t)cipher->encr->key_bytes + cipher->encr->salt_bytes);
}

struct bytes cipher_integ_key(const struct cipher *cipher)
{
    return bytes_of(cipher->keys + cipher_encr_key(cipher).n, cipher->integ ? cipher->integ->key_bytes : 0);
}

void cipher_wipe(struct cipher *cipher)
{
    if (cipher->keys)
        secret_free(cipher->keys, cipher_encr_key(cipher).n + cipher_integ_key(cipher).n);
    *cipher = (struct cipher){0};
}

size_t cipher_icv_bytes(const struct cipher *cipher)
{
    return cipher->integ ? cipher->integ->icv_bytes : cipher->encr->icv_bytes;
}

size_t cipher_overhead_bytes(const struct cipher *cipher)
{
    return cipher->encr->iv_bytes + cipher_icv_bytes(cipher);
}

static int lay_out(const struct cipher *cipher, size_t n, size_t aad_n, struct layout *ret_layout)
{
    size_t overhead = cipher_overhead_bytes(cipher);
    size_t text_n;

    if (aad_n > n || n - aad_n < overhead)
        return -EINVAL;
    text_n = n - aad_n - overhead;
    if (text_n % cipher->encr->block_bytes || n > INT32_MAX)
        return -EINVAL;
    *ret_layout = (struct layout){
        .iv_offset = aad_n,
        .text_offset = aad_n + cipher->encr->iv_bytes,
        .text_n = text_n,
        .icv_offset = n - cipher_icv_bytes(cipher),
        .icv_n = cipher_icv_bytes(cipher),
    };
    return 0;
}

#define SIZES 3 // 128, 192 and 256 bits

// Found by name once: OpenSSL does so for each packet otherwise.
static struct {
    pthread_once_t once;
    EVP_CIPHER *aes[ENCR_MODE_CCM + 1][SIZES];
    EVP_CIPHER *triple_des;
    EVP_CIPHER *chacha20;
} ciphers = {.once = PTHREAD_ONCE_INIT};

static void find_ciphers(void)
{
    static const char *const modes[] = {
        [ENCR_MODE_CBC] = "CBC", [ENCR_MODE_CTR] = "CTR", [ENCR_MODE_GCM] = "GCM", [ENCR_MODE_CCM] = "CCM"};
    char name[16];

    for (size_t mode = 0; mode <= ENCR_MODE_CCM; mode++) {
        for (unsigned i = 0; modes[mode] && i < SIZES; i++) {
            snprintf(name, sizeof(name), "AES-%u-%s", 128 + 64 * i, modes[mode]);
            ciphers.aes[mode][i] = EVP_CIPHER_fetch(NULL, name, NULL);
        }
    }
    ciphers.triple_des = EVP_CIPHER_fetch(NULL, "DES-EDE3-CBC", NULL);
    ciphers.chacha20 = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
}

static const EVP_CIPHER *evp_of(const struct encr_algorithm *encr)
{
    pthread_once(&ciphers.once, find_ciphers);
    if (encr->id == ENCR_3DES)
        return ciphers.triple_des;
    if (encr->mode == ENCR_MODE_CHACHA20)
        return ciphers.chacha20;
    return ciphers.aes[encr->mode][encr->key_bytes / 8 - 2];
}

// What OpenSSL calls the IV: salt | IV for an AEAD (RFC 5282 4, RFC 7634 2), with the block counter behind it for CTR
// (RFC 3686 4), the IV alone for CBC. Returns its length.
static size_t make_nonce(const struct cipher *cipher, const uint8_t *iv, uint8_t ret_nonce[NONCE_BYTES_MAX])
{
    const struct encr_algorithm *encr = cipher->encr;
    size_t n = (size_t)encr->salt_bytes + encr->iv_bytes;

    memset(ret_nonce, 0, NONCE_BYTES_MAX);
    memcpy(ret_nonce, cipher->keys + encr->key_bytes, encr->salt_bytes);
    memcpy(ret_nonce + encr->salt_bytes, iv, encr->iv_bytes);
    if (encr->mode != ENCR_MODE_CTR)
        return n;
    ret_nonce[NONCE_BYTES_MAX - 1] = 1;
    return NONCE_BYTES_MAX;
}

// CCM wants to know the ICV before the key, and the text's length before all else.
static bool set_up_ccm(EVP_CIPHER_CTX *ctx, const uint8_t *icv, size_t icv_n)
{
    uint8_t expected[EVP_MAX_MD_SIZE];

    if (icv)
        memcpy(expected, icv, icv_n);
    return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)icv_n, icv ? expected : NULL) == 1;
}

static bool set_up(EVP_CIPHER_CTX *ctx, const struct cipher *cipher, const struct layout *at, const uint8_t *packet,
                   bool seal)
{
    const struct encr_algorithm *encr = cipher->encr;
    uint8_t nonce[NONCE_BYTES_MAX];
    size_t n = make_nonce(cipher, packet + at->iv_offset, nonce);
    const EVP_CIPHER *evp = evp_of(encr);
    bool ok = evp && EVP_CipherInit_ex(ctx, evp, NULL, NULL, NULL, seal) == 1;

    if (ok && encr->aead)
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)n, NULL) == 1;
    if (ok && encr->mode == ENCR_MODE_CCM)
        ok = set_up_ccm(ctx, seal ? NULL : packet + at->icv_offset, at->icv_n);
    if (ok)
        ok = EVP_CipherInit_ex(ctx, NULL, NULL, cipher->keys, nonce, seal) == 1 &&
             EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;
    secret_wipe(nonce, sizeof(nonce));
    return ok;
}

// A context for one packet, keyed; NULL when OpenSSL fails.
static EVP_CIPHER_CTX *context_new(const struct cipher *cipher, const uint8_t *packet, const struct layout *at,
                                   bool seal)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx && !set_up(ctx, cipher, at, packet, seal)) {
        EVP_CIPHER_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

// The associated data, then the text into `out`. OpenSSL rejects NULL outputs and pointers for empty texts in places,
// so those are left out. CCM finds a wrong ICV here, the others in last().
static int run(EVP_CIPHER_CTX *ctx, bool ccm, struct bytes aad, struct bytes in, uint8_t *out)
{
    int n = 0;

    if (ccm && EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)in.n) != 1)
        return -EIO;
    if (aad.n && EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.n) != 1)
        return -EIO;
    if ((in.n || ccm) && (EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) != 1 || (size_t)n != in.n))
        return ccm ? -EBADMSG : -EIO;
    return 0;
}

static int last(EVP_CIPHER_CTX *ctx)
{
    uint8_t nothing[EVP_MAX_BLOCK_LENGTH];
    int n = 0;

    return EVP_CipherFinal_ex(ctx, nothing, &n) == 1 && n == 0 ? 0 : -EBADMSG;
}

// The integrity algorithm's ICV over all before it; compare in constant time.
static int mac(const struct cipher *cipher, struct bytes covered, uint8_t ret_icv[EVP_MAX_MD_SIZE])
{
    const struct integ_algorithm *integ = cipher->integ;
    struct mac *keyed = mac_new(integ->mac, integ->digest, cipher_integ_key(cipher));
    int r = keyed ? mac_add(keyed, covered) : -EIO;

    if (!r)
        r = mac_finish(keyed, ret_icv, integ->icv_bytes);
    mac_free(keyed);
    return r ? -EIO : 0;
}

static int seal_icv(const struct cipher *cipher, EVP_CIPHER_CTX *ctx, uint8_t *packet, const struct layout *at)
{
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (cipher->encr->aead)
        return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)at->icv_n, packet + at->icv_offset) == 1 ? 0 : -EIO;
    if (mac(cipher, bytes_of(packet, at->icv_offset), digest))
        return -EIO;
    memcpy(packet + at->icv_offset, digest, at->icv_n);
    return 0;
}

int cipher_seal(const struct cipher *cipher, uint8_t *packet, size_t n, size_t aad_n)
{
    struct layout at;
    struct bytes aad = bytes_of(packet, cipher->encr->aead ? aad_n : 0);
    EVP_CIPHER_CTX *ctx;
    int r = lay_out(cipher, n, aad_n, &at);

    if (r)
        return r;
    ctx = context_new(cipher, packet, &at, true);
    if (!ctx)
        return -EIO;
    r = run(ctx, cipher->encr->mode == ENCR_MODE_CCM, aad, bytes_of(packet + at.text_offset, at.text_n),
            packet + at.text_offset);
    if (!r)
        r = last(ctx);
    if (!r)
        r = seal_icv(cipher, ctx, packet, &at);
    EVP_CIPHER_CTX_free(ctx);
    return r ? -EIO : 0;
}

// Before anything is decrypted without an AEAD; an AEAD gets its tag to check at the end (CCM has it already).
static int check_icv(const struct cipher *cipher, EVP_CIPHER_CTX *ctx, struct bytes packet, const struct layout *at)
{
    uint8_t icv[EVP_MAX_MD_SIZE];
    uint8_t digest[EVP_MAX_MD_SIZE];

    if (cipher->encr->mode == ENCR_MODE_CCM)
        return 0;
    if (cipher->encr->aead) {
        memcpy(icv, packet.p + at->icv_offset, at->icv_n);
        return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)at->icv_n, icv) == 1 ? 0 : -EIO;
    }
    if (mac(cipher, bytes_of(packet.p, at->icv_offset), digest))
        return -EIO;
    return bytes_equal_secret(bytes_of(digest, at->icv_n), bytes_of(packet.p + at->icv_offset, at->icv_n)) ? 0
                                                                                                           : -EBADMSG;
}

int cipher_open(const struct cipher *cipher, struct bytes packet, size_t aad_n, uint8_t *ret_text)
{
    struct layout at;
    struct bytes aad = bytes_of(packet.p, cipher->encr->aead ? aad_n : 0);
    EVP_CIPHER_CTX *ctx;
    int r;

    if (lay_out(cipher, packet.n, aad_n, &at))
        return -EBADMSG;
    ctx = context_new(cipher, packet.p, &at, false);
    if (!ctx)
        return -EIO;
    r = check_icv(cipher, ctx, packet, &at);
    if (!r)
        r = run(ctx, cipher->encr->mode == ENCR_MODE_CCM, aad, bytes_of(packet.p + at.text_offset, at.text_n),
                ret_text);
    if (!r)
        r = last(ctx);
    EVP_CIPHER_CTX_free(ctx);
    if (r) {
        secret_wipe(ret_text, at.text_n);
        return r;
    }
    return (int)at.text_n;
}
