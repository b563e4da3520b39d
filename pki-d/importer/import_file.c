#include "pki-d/importer/import_file.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#define WRONG_PASSPHRASE "the passphrase is wrong"
#define NO_PASSPHRASE    "it is encrypted: its passphrase is needed"

// Has OpenSSL just said that it knows no such cipher? Then the passphrase may be right.
static bool is_unknown_cipher(void)
{
    for (unsigned long error = ERR_get_error(); error; error = ERR_get_error()) {
        int reason = ERR_GET_REASON(error), library = ERR_GET_LIB(error);

        if (library == ERR_LIB_EVP && (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
                                       reason == EVP_R_UNSUPPORTED_CIPHER || reason == EVP_R_UNSUPPORTED_PRF))
            return true;
        if (library == ERR_LIB_PEM && reason == PEM_R_UNSUPPORTED_ENCRYPTION)
            return true;
    }
    return false;
}

// After a failure to decrypt.
static int refuse_decryption(struct import_material *material, const struct passphrase *passphrase)
{
    if (!passphrase->is_given)
        return import_material_refuse(material, NO_PASSPHRASE);
    if (is_unknown_cipher())
        return import_material_refuse(material, "it is encrypted in a way that is not known here");
    return import_material_refuse(material, WRONG_PASSPHRASE);
}

static int take_key(struct import_material *material, EVP_PKEY *key)
{
    return key ? import_material_set_key(material, key)
               : import_material_refuse(material, "the private key is damaged, or of no known kind");
}

// EncryptedPrivateKeyInfo (RFC 5958 3).
static int read_encrypted_key(struct bytes der, struct passphrase *passphrase, struct import_material *material)
{
    const uint8_t *p = der.p;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &p, (long)der.n);
    PKCS8_PRIV_KEY_INFO *info = NULL;
    int r;

    if (!sealed)
        return import_material_refuse(material, "the encrypted private key is damaged");
    if (passphrase->is_given)
        info = PKCS8_decrypt(sealed, passphrase->text, (int)strlen(passphrase->text));
    if (info)
        r = take_key(material, EVP_PKCS82PKEY(info));
    else
        r = refuse_decryption(material, passphrase);
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(sealed);
    return r;
}

// PrivateKeyInfo, or the older forms of RSA and EC keys.
static int read_plain_key(struct bytes der, struct import_material *material)
{
    const uint8_t *p = der.p;

    return take_key(material, d2i_AutoPrivateKey(NULL, &p, (long)der.n));
}

static int read_certificate(struct bytes der, struct import_material *material)
{
    const uint8_t *p = der.p;
    X509 *certificate = d2i_X509(NULL, &p, (long)der.n);

    if (certificate && p == der.p + der.n)
        return import_material_add(material, certificate);
    X509_free(certificate);
    return import_material_refuse(material, "certificate %zu is damaged", material->n + 1);
}

// ---- PEM (RFC 7468, and RFC 1421 headers of older keys)

struct block {
    char *name, *header;
    unsigned char *data;
    long n;
};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

static int read_older_key(struct block *block, struct passphrase *passphrase, struct import_material *material)
{
    EVP_CIPHER_INFO cipher;

    if (PEM_get_EVP_CIPHER_INFO(block->header, &cipher) != 1)
        return refuse_decryption(material, passphrase);
    if (cipher.cipher && PEM_do_header(&cipher, block->data, &block->n, passphrase_callback, passphrase) != 1)
        return refuse_decryption(material, passphrase);
    if (read_plain_key(bytes_of(block->data, (size_t)block->n), material) == 0)
        return 0;
    // One wrong passphrase in 256 leaves something behind that looks well padded.
    return cipher.cipher ? import_material_refuse(material, WRONG_PASSPHRASE)
                         : import_material_refuse(material, "the private key is damaged, or of no known kind");
}

static int read_block(struct block *block, struct passphrase *passphrase, struct import_material *material)
{
    static const char *const certificates[] = {PEM_STRING_X509, PEM_STRING_X509_OLD, NULL};
    static const char *const older_keys[] = {PEM_STRING_RSA, PEM_STRING_ECPRIVATEKEY, NULL};
    struct bytes der = bytes_of(block->data, (size_t)block->n);

    if (is_one_of(block->name, certificates))
        return read_certificate(der, material);
    if (strcmp(block->name, PEM_STRING_PKCS8INF) == 0)
        return read_plain_key(der, material);
    if (strcmp(block->name, PEM_STRING_PKCS8) == 0)
        return read_encrypted_key(der, passphrase, material);
    if (is_one_of(block->name, older_keys))
        return material->key ? import_material_refuse(material, "more than one private key; import them one by one")
                             : read_older_key(block, passphrase, material);
    return 0; // parameters of curves, CRLs and the like stand beside
}

static void block_free(struct block *block)
{
    OPENSSL_free(block->name);
    OPENSSL_free(block->header);
    OPENSSL_clear_free(block->data, (size_t)block->n);
}

static int read_pem(struct bytes data, struct passphrase *passphrase, struct import_material *material)
{
    BIO *bio = BIO_new_mem_buf(data.p, (int)data.n);
    int blocks = 0, r = 0;

    while (bio && r == 0) {
        struct block block = {.n = 0};
        long n;

        if (PEM_read_bio(bio, &block.name, &block.header, &block.data, &block.n) != 1)
            break;
        n = block.n;
        blocks++;
        r = read_block(&block, passphrase, material);
        block.n = n;
        block_free(&block);
    }
    // It ends well where no further block begins.
    if (r == 0 && (blocks == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
        r = import_material_refuse(material, "the PEM file is damaged");
    BIO_free(bio);
    return r;
}

// ---- PKCS#12 (RFC 7292)

static int take_contents(EVP_PKEY *key, X509 *own, STACK_OF(X509) * others, struct import_material *material)
{
    int r = own ? import_material_add(material, own) : 0;

    while (sk_X509_num(others) > 0) {
        X509 *certificate = sk_X509_shift(others);

        if (r == 0)
            r = import_material_add(material, certificate);
        else
            X509_free(certificate);
    }
    if (r == 0 && key)
        return import_material_set_key(material, key);
    EVP_PKEY_free(key);
    return r;
}

static int read_pkcs12(PKCS12 *file, struct passphrase *passphrase, struct import_material *material)
{
    STACK_OF(X509) *others = NULL;
    EVP_PKEY *key = NULL;
    X509 *own = NULL;
    int r;

    // Its MAC, made with the passphrase, is what tells a wrong passphrase from a damaged file. No passphrase may also
    // be an empty one, in two forms.
    if (PKCS12_mac_present(file) && PKCS12_verify_mac(file, passphrase->text, -1) != 1 &&
        (passphrase->is_given || PKCS12_verify_mac(file, NULL, 0) != 1))
        return refuse_decryption(material, passphrase);
    if (PKCS12_parse(file, passphrase->is_given ? passphrase->text : NULL, &key, &own, &others) == 1)
        r = take_contents(key, own, others, material);
    else if (!PKCS12_mac_present(file) || is_unknown_cipher())
        r = import_material_refuse(material, "the PKCS#12 file is encrypted in a way that is not known here, or the "
                                             "passphrase is wrong");
    else
        r = import_material_refuse(material, "the PKCS#12 file is damaged");
    sk_X509_pop_free(others, X509_free);
    return r;
}

// ---- DER

static int read_der(struct bytes data, struct passphrase *passphrase, struct import_material *material)
{
    const uint8_t *p = data.p;
    PKCS12 *file = d2i_PKCS12(NULL, &p, (long)data.n);
    X509_SIG *sealed;
    X509 *certificate;
    int r;

    if (file) {
        r = read_pkcs12(file, passphrase, material);
        PKCS12_free(file);
        return r;
    }
    p = data.p;
    certificate = d2i_X509(NULL, &p, (long)data.n);
    X509_free(certificate);
    if (certificate)
        return read_certificate(data, material);
    p = data.p;
    sealed = d2i_X509_SIG(NULL, &p, (long)data.n);
    X509_SIG_free(sealed);
    if (sealed)
        return read_encrypted_key(data, passphrase, material);
    if (read_plain_key(data, material) == 0)
        return 0;
    return import_material_refuse(material,
                                  "it is damaged, or neither PEM nor DER of a certificate, PKCS#12 or private key");
}

int import_file_read(struct bytes data, struct passphrase *passphrase, struct import_material *material)
{
    int r;

    if (data.n == 0 || data.n > IMPORT_FILE_MAX_BYTES)
        return import_material_refuse(material, "1 to %u bytes", IMPORT_FILE_MAX_BYTES);
    ERR_clear_error();
    if (memmem(data.p, data.n, "-----BEGIN ", 11))
        r = read_pem(data, passphrase, material);
    else
        r = read_der(data, passphrase, material);
    ERR_clear_error();
    return r;
}
