#include "pki-d/pkcs12.h"

#include <errno.h>
#include <openssl/asn1t.h>
#include <openssl/pkcs12.h>
#include <string.h>

// Rounds of key derivation. Old systems read the legacy form slowly, and it is weak by its cipher anyway.
#define ROUNDS_LEGACY 2048
#define ROUNDS_MODERN 100000
#define SALT_BYTES    16

static int rounds_of(const struct pkcs12_order *order)
{
    return order->encryption == PKCS12_LEGACY ? ROUNDS_LEGACY : ROUNDS_MODERN;
}

// A cipher's NID means PBES2 with it, a PBE's NID that one.
static int encryption_nid(const struct pkcs12_order *order)
{
    return order->encryption == PKCS12_LEGACY ? NID_pbe_WithSHA1And3_Key_TripleDES_CBC : NID_aes_256_cbc;
}

// PKCS12_SAFEBAG_create_cert takes certificates that the library has parsed; this one takes them as a SEQUENCE.
static PKCS12_SAFEBAG *certificate_bag(struct bytes der)
{
    ASN1_STRING *sequence = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
    PKCS12_SAFEBAG *bag = NULL;

    if (sequence && ASN1_STRING_set(sequence, der.p, (int)der.n) == 1)
        bag = PKCS12_item_pack_safebag(sequence, ASN1_ITEM_rptr(ASN1_SEQUENCE), NID_x509Certificate, NID_certBag);
    ASN1_STRING_free(sequence);
    return bag;
}

// What ties key and certificate together: SHA-1 of the certificate, by custom.
static bool add_local_id(const struct pkcs12_order *order, PKCS12_SAFEBAG *bag)
{
    uint8_t id[EVP_MAX_MD_SIZE];
    unsigned int n;

    return EVP_Digest(order->certificates[0].p, order->certificates[0].n, id, &n, EVP_sha1(), NULL) == 1 &&
           PKCS12_add_localkeyid(bag, id, (int)n) == 1 &&
           PKCS12_add_friendlyname_utf8(bag, order->friendly_name, -1) == 1;
}

static STACK_OF(PKCS12_SAFEBAG) * certificate_bags(const struct pkcs12_order *order)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();

    for (size_t i = 0; bags && i < order->certificates_n; i++) {
        PKCS12_SAFEBAG *bag = certificate_bag(order->certificates[i]);
        if (!bag || (i == 0 && !add_local_id(order, bag)) || sk_PKCS12_SAFEBAG_push(bags, bag) == 0) {
            PKCS12_SAFEBAG_free(bag);
            sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
            return NULL;
        }
    }
    return bags;
}

static STACK_OF(PKCS12_SAFEBAG) * key_bags(const struct pkcs12_order *order)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(order->key);
    PKCS12_SAFEBAG *bag = NULL;

    if (bags && info)
        bag = PKCS12_SAFEBAG_create_pkcs8_encrypt(encryption_nid(order), order->passphrase, -1, NULL, SALT_BYTES,
                                                  rounds_of(order), info);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (bag && add_local_id(order, bag) && sk_PKCS12_SAFEBAG_push(bags, bag) > 0)
        return bags;
    PKCS12_SAFEBAG_free(bag);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return NULL;
}

// The certificates' part is encrypted as a whole; the key's part is a bag that is encrypted by itself.
static STACK_OF(PKCS7) * make_safes(const struct pkcs12_order *order)
{
    STACK_OF(PKCS12_SAFEBAG) *certificates = certificate_bags(order), *keys = key_bags(order);
    STACK_OF(PKCS7) *safes = NULL;
    bool good =
        certificates && keys &&
        PKCS12_add_safe(&safes, certificates, encryption_nid(order), rounds_of(order), order->passphrase) == 1 &&
        PKCS12_add_safe(&safes, keys, -1, 0, NULL) == 1;

    sk_PKCS12_SAFEBAG_pop_free(certificates, PKCS12_SAFEBAG_free);
    sk_PKCS12_SAFEBAG_pop_free(keys, PKCS12_SAFEBAG_free);
    if (good)
        return safes;
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return NULL;
}

int pkcs12_make(const struct pkcs12_order *order, uint8_t **ret_der)
{
    const EVP_MD *hash = order->encryption == PKCS12_LEGACY ? EVP_sha1() : EVP_sha256();
    STACK_OF(PKCS7) *safes = make_safes(order);
    PKCS12 *file = safes ? PKCS12_add_safes(safes, 0) : NULL;
    int n = -1;

    *ret_der = NULL;
    if (file && PKCS12_set_mac(file, order->passphrase, -1, NULL, SALT_BYTES, rounds_of(order), hash) == 1)
        n = i2d_PKCS12(file, ret_der);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    PKCS12_free(file);
    return n > 0 ? n : -EIO;
}
