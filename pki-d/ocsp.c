#include "pki-d/ocsp.h"

#include <errno.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/issuer.h"
#include "pki-d/key.h"
#include "pki-d/store_revocation.h"

typedef Bulkhead__Internal__V1__OcspQuestion question_message;

static const EVP_MD *hash_of(uint32_t hash)
{
    switch (hash) {
    case 1:
        return EVP_sha1();
    case 2:
        return EVP_sha256();
    case 3:
        return EVP_sha384();
    case 4:
        return EVP_sha512();
    default:
        return NULL;
    }
}

static bool is_sound(const question_message *question)
{
    const EVP_MD *hash = hash_of(question->hash);

    return hash && question->issuer_name_hash.len == (size_t)EVP_MD_get_size(hash) &&
           question->issuer_key_hash.len == question->issuer_name_hash.len && question->serial.len > 0 &&
           question->serial.len <= STORE_SERIAL_MAX_BYTES;
}

static struct bytes without_zeros(struct bytes serial)
{
    while (serial.n > 1 && serial.p[0] == 0)
        serial = bytes_of(serial.p + 1, serial.n - 1);
    return serial;
}

static int find_authority(struct operation *op, const question_message *question, struct stored_authority *ret)
{
    const struct store_authority_hash hash = {.hash = question->hash,
                                              .key = edge_message_bytes(&question->issuer_key_hash),
                                              .name = edge_message_bytes(&question->issuer_name_hash)};
    int r;

    if (!is_sound(question))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "questions: hash or serial out of bounds");
    r = store_authority_find_hash(op->store, &hash, ret);
    return r == -ENOENT ? operation_refuse(op, REFUSED(NOT_FOUND), "questions: no authority here has that name and key")
                        : r;
}

// The hashes are the issuer's own, since it was found by them.
static OCSP_CERTID *make_id(const struct issuer *issuer, const question_message *question)
{
    BIGNUM *number = BN_bin2bn(question->serial.data, (int)question->serial.len, NULL);
    ASN1_INTEGER *serial = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    X509_PUBKEY *key = NULL;
    ASN1_BIT_STRING bits = {.type = V_ASN1_BIT_STRING};
    const unsigned char *data;
    OCSP_CERTID *id = NULL;
    int n;

    if (serial && X509_PUBKEY_set(&key, issuer->key) == 1 && X509_PUBKEY_get0_param(NULL, &data, &n, NULL, key) == 1) {
        bits.data = (unsigned char *)(uintptr_t)data;
        bits.length = n;
        id = OCSP_cert_id_new(hash_of(question->hash), issuer->subject, &bits, serial);
    }
    X509_PUBKEY_free(key);
    ASN1_INTEGER_free(serial);
    BN_free(number);
    return id;
}

// A serial that was never given away is unknown: it might be one that a thief of the key made (RFC 6960 2.2).
static int add_status(struct operation *op, const struct issuer *issuer, const question_message *question,
                      OCSP_BASICRESP *basic)
{
    ASN1_TIME *this_update = ASN1_TIME_set(NULL, (time_t)op->now);
    ASN1_TIME *next_update = ASN1_TIME_set(NULL, (time_t)op->now + OCSP_VALID_SECONDS);
    OCSP_CERTID *id = make_id(issuer, question);
    enum store_status status = STORE_STATUS_UNKNOWN;
    struct store_revoked revoked = {.at = 0};
    ASN1_TIME *revoked_at;
    int r, verdict, reason;

    r = store_revocation_status(op->store, &issuer->authority, without_zeros(edge_message_bytes(&question->serial)),
                                op->now, &status, &revoked);
    verdict = status == STORE_STATUS_GOOD      ? V_OCSP_CERTSTATUS_GOOD
              : status == STORE_STATUS_REVOKED ? V_OCSP_CERTSTATUS_REVOKED
                                               : V_OCSP_CERTSTATUS_UNKNOWN;
    reason = revoked.reason ? (int)revoked.reason : OCSP_REVOKED_STATUS_NOSTATUS;
    revoked_at = ASN1_TIME_set(NULL, (time_t)revoked.at);
    if (r == 0 && (!id || !this_update || !next_update || !revoked_at ||
                   !OCSP_basic_add1_status(basic, id, verdict, reason, revoked_at, this_update, next_update)))
        r = -EIO;
    OCSP_CERTID_free(id);
    ASN1_TIME_free(this_update);
    ASN1_TIME_free(next_update);
    ASN1_TIME_free(revoked_at);
    return r;
}

// The library takes the responder's name and key from a certificate: one that says nothing else will do, since none
// goes into the answer.
static bool sign(OCSP_BASICRESP *basic, const struct issuer *issuer)
{
    X509 *responder = X509_new();
    bool good = responder && X509_set_subject_name(responder, issuer->subject) == 1 &&
                X509_set_pubkey(responder, issuer->key) == 1 &&
                OCSP_basic_sign(basic, responder, issuer->key, key_digest(issuer->key), NULL,
                                OCSP_NOCERTS | OCSP_RESPID_KEY) == 1;

    X509_free(responder);
    return good;
}

static int fill(struct operation *op, const Bulkhead__Internal__V1__PkiSignOcspRequest *request,
                const struct issuer *issuer, OCSP_BASICRESP *basic)
{
    struct stored_authority authority;
    int r = 0;

    for (size_t i = 0; i < request->n_questions && r == 0; i++) {
        r = find_authority(op, request->questions[i], &authority);
        if (r == 0 && authority.id != issuer->authority.id)
            r = operation_refuse(op, REFUSED(INVALID_ARGUMENT), "questions: of more than one issuer");
        if (r == 0)
            r = add_status(op, issuer, request->questions[i], basic);
    }
    if (r == 0 && request->nonce.len > 0 &&
        OCSP_basic_add1_nonce(basic, request->nonce.data, (int)request->nonce.len) != 1)
        r = -EIO;
    return r == 0 && !sign(basic, issuer) ? -EIO : r;
}

static int answer(struct operation *op, const Bulkhead__Internal__V1__PkiSignOcspRequest *request,
                  const struct issuer *issuer, uint8_t **ret_der)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_RESPONSE *response = NULL;
    int r = basic ? fill(op, request, issuer, basic) : -ENOMEM;

    *ret_der = NULL;
    if (r == 0) {
        response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
        r = response ? i2d_OCSP_RESPONSE(response, ret_der) : -EIO;
        r = r > 0 ? r : -EIO;
    }
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    return r;
}

int ocsp_answer(struct operation *op, const Bulkhead__Internal__V1__PkiSignOcspRequest *request, uint8_t **ret_der)
{
    struct stored_authority authority;
    struct issuer issuer;
    int r;

    if (request->n_questions == 0 || request->n_questions > OCSP_QUESTIONS_MAX ||
        request->nonce.len > OCSP_NONCE_MAX_BYTES)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "1-16 questions, and a nonce of at most 32 bytes");
    r = find_authority(op, request->questions[0], &authority);
    if (r == 0)
        r = issuer_open(op, authority.name, "authority", &issuer);
    if (r < 0)
        return r;
    r = answer(op, request, &issuer, ret_der);
    issuer_close(&issuer);
    return r;
}
