#include "pki-d/verifier/ocsp_request.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/verifier/verifier_limits.h"

typedef Bulkhead__Internal__V1__PkiSignOcspRequest sign_request;
typedef Bulkhead__Internal__V1__OcspQuestion question;

static int copy(const ASN1_STRING *from, size_t most, ProtobufCBinaryData *ret_data)
{
    size_t n = (size_t)ASN1_STRING_length(from);

    if (n == 0 || n > most)
        return -EBADMSG;
    ret_data->data = malloc(n);
    if (!ret_data->data)
        return -ENOMEM;
    memcpy(ret_data->data, ASN1_STRING_get0_data(from), n);
    ret_data->len = n;
    return 0;
}

// Digest numbers of OcspQuestion.hash, and the hash's length.
static const struct {
    int nid;
    uint32_t number;
    size_t bytes;
} hashes[] = {{NID_sha1, 1, 20}, {NID_sha256, 2, 32}, {NID_sha384, 3, 48}, {NID_sha512, 4, 64}};

static int read_question(OCSP_CERTID *id, question *ret_question)
{
    ASN1_OCTET_STRING *name_hash, *key_hash;
    ASN1_INTEGER *serial;
    ASN1_OBJECT *hash;
    size_t bytes = 0;
    int r;

    OCSP_id_get0_info(&name_hash, &hash, &key_hash, &serial, id);
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
        if (OBJ_obj2nid(hash) == hashes[i].nid) {
            ret_question->hash = hashes[i].number;
            bytes = hashes[i].bytes;
        }
    if (ASN1_STRING_length(name_hash) != (int)bytes || ASN1_STRING_length(key_hash) != (int)bytes ||
        ASN1_STRING_type(serial) != V_ASN1_INTEGER)
        return -EBADMSG;
    r = copy(name_hash, bytes, &ret_question->issuer_name_hash);
    if (r == 0)
        r = copy(key_hash, bytes, &ret_question->issuer_key_hash);
    if (r == 0)
        r = copy(serial, VERIFIER_SERIAL_MAX_BYTES, &ret_question->serial);
    return r;
}

static bool is_same(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
    return bytes_equal(bytes_of(a->data, a->len), bytes_of(b->data, b->len));
}

static bool is_of_same_issuer(const question *a, const question *b)
{
    return a->hash == b->hash && is_same(&a->issuer_name_hash, &b->issuer_name_hash) &&
           is_same(&a->issuer_key_hash, &b->issuer_key_hash);
}

static int read_questions(OCSP_REQUEST *request, sign_request *ret_request)
{
    int n = OCSP_request_onereq_count(request), r = 0;

    if (n < 1 || n > (int)VERIFIER_OCSP_QUESTIONS_MAX)
        return -EBADMSG;
    ret_request->questions = calloc((size_t)n, sizeof(question *));
    if (!ret_request->questions)
        return -ENOMEM;
    for (int i = 0; i < n && r == 0; i++) {
        question *q = malloc(sizeof(*q));

        if (!q)
            return -ENOMEM;
        bulkhead__internal__v1__ocsp_question__init(q);
        ret_request->questions[ret_request->n_questions++] = q;
        r = read_question(OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, i)), q);
        if (r == 0 && !is_of_same_issuer(ret_request->questions[0], q))
            r = -EBADMSG;
    }
    return r;
}

// RFC 8954 2.1: an OCTET STRING inside the extension's.
static int read_nonce(X509_EXTENSION *extension, ProtobufCBinaryData *ret_nonce)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    const uint8_t *p = ASN1_STRING_get0_data(value), *end = p + ASN1_STRING_length(value);
    ASN1_OCTET_STRING *nonce = d2i_ASN1_OCTET_STRING(NULL, &p, ASN1_STRING_length(value));
    int r = nonce && p == end ? copy(nonce, VERIFIER_OCSP_NONCE_MAX_BYTES, ret_nonce) : -EBADMSG;

    ASN1_OCTET_STRING_free(nonce);
    return r;
}

static int read_extensions(OCSP_REQUEST *request, sign_request *ret_request)
{
    int n = OCSP_REQUEST_get_ext_count(request), r = 0;
    bool has_nonce = false;

    if (n > (int)VERIFIER_EXTENSIONS_MAX)
        return -EBADMSG;
    for (int i = 0; i < n && r == 0; i++) {
        X509_EXTENSION *extension = OCSP_REQUEST_get_ext(request, i);
        bool is_nonce = OBJ_obj2nid(X509_EXTENSION_get_object(extension)) == NID_id_pkix_OCSP_Nonce;

        if (is_nonce && !has_nonce)
            r = read_nonce(extension, &ret_request->nonce);
        else if (is_nonce || X509_EXTENSION_get_critical(extension))
            r = -EBADMSG;
        has_nonce = has_nonce || is_nonce;
    }
    return r;
}

int ocsp_request_read(struct bytes der, sign_request **ret_request)
{
    const uint8_t *p = der.p;
    OCSP_REQUEST *request =
        der.n > 0 && der.n <= VERIFIER_REQUEST_MAX_BYTES ? d2i_OCSP_REQUEST(NULL, &p, (long)der.n) : NULL;
    sign_request *typed = malloc(sizeof(*typed));
    int r = request && p == der.p + der.n ? 0 : -EBADMSG;

    if (!typed) {
        OCSP_REQUEST_free(request);
        return -ENOMEM;
    }
    bulkhead__internal__v1__pki_sign_ocsp_request__init(typed);
    if (r == 0)
        r = read_questions(request, typed);
    if (r == 0)
        r = read_extensions(request, typed);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    if (r == 0)
        *ret_request = typed;
    else
        bulkhead__internal__v1__pki_sign_ocsp_request__free_unpacked(typed, NULL);
    return r;
}

size_t ocsp_request_refuse(enum ocsp_refusal refusal, uint8_t ret_der[OCSP_REFUSAL_MAX_BYTES])
{
    OCSP_RESPONSE *response = OCSP_response_create((int)refusal, NULL);
    int n = response ? i2d_OCSP_RESPONSE(response, NULL) : 0;

    if (n > 0 && n <= OCSP_REFUSAL_MAX_BYTES)
        n = i2d_OCSP_RESPONSE(response, &ret_der);
    OCSP_RESPONSE_free(response);
    return n > 0 && n <= OCSP_REFUSAL_MAX_BYTES ? (size_t)n : 0;
}
