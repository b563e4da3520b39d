// Certificates after their issue: revocation, deletion, renewal, OCSP, export.
#include "tests/unit/pki-d/authority_stage.h"

static bool is_revoked_on_crl(const char *authority, const char *name)
{
    struct stored_authority found;
    struct stored_certificate *certificate = find(name);
    const unsigned char *p;
    struct store_crl crl;
    X509_REVOKED *entry;
    X509 *x509 = x509_of(name);
    X509_CRL *list;
    bool listed;

    ck_assert_int_eq(store_authority_find(store, bytes_of_str(authority), &found), 0);
    ck_assert_int_eq(store_crl_find(store, found.id, &crl), 0);
    p = crl.der.p;
    list = d2i_X509_CRL(NULL, &p, (long)crl.der.n);
    ck_assert_ptr_nonnull(list);
    listed = X509_CRL_get0_by_serial(list, &entry, X509_get_serialNumber(x509)) == 1;
    X509_CRL_free(list);
    X509_free(x509);
    store_crl_done(&crl);
    store_certificate_free(certificate);
    return listed;
}

static int renew(const char *name, bool new_key, bool revoke_old)
{
    Bulkhead__V1__RenewCertificateRequest request = BULKHEAD__V1__RENEW_CERTIFICATE_REQUEST__INIT;
    struct issue_result result;
    Bulkhead__V1__KeyType type;
    EVP_PKEY *made = NULL;
    int r;

    request.name = text(name);
    request.new_key = new_key;
    request.revoke_old = revoke_old;
    r = renew_check(begin(), &request, &type);
    if (r < 0)
        return r;
    if (type != KEY(UNSPECIFIED))
        made = key_new(type);
    r = renew_run(&op, &request, made, &result);
    EVP_PKEY_free(made);
    if (r == 0)
        issue_result_done(&result);
    return r;
}

START_TEST(revokes_and_deletes)
{
    struct stored_certificate *certificate;
    struct stored_authority root;
    enum store_status status;
    struct store_revoked revoked;
    uint8_t serial[20];
    size_t serial_n;

    make("root", "", PURPOSE(CA));
    make("anna", "root", PURPOSE(TLS_CLIENT));
    make("bert", "root", PURPOSE(TLS_CLIENT));
    ck_assert(!is_revoked_on_crl("root", "anna"));
    revoke_certificate("anna");
    ck_assert(is_revoked_on_crl("root", "anna"));
    ck_assert(!is_revoked_on_crl("root", "bert"));
    ck_assert_int_eq(revoke_run(begin(), "anna", REASON(SUPERSEDED), &certificate), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "revoked already"));
    ck_assert_int_eq(revoke_run(begin(), "bert", (Bulkhead__V1__RevocationReason)8, &certificate), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "reason: 8"));
    ck_assert_int_eq(revoke_delete(begin(), "root"), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "issued certificates that are valid"));
    certificate = find("anna");
    serial_n = certificate->serial.n;
    memcpy(serial, certificate->serial.p, serial_n);
    store_certificate_free(certificate);
    ck_assert_int_eq(revoke_delete(begin(), "anna"), 0);
    ck_assert_int_eq(store_certificate_find(store, bytes_of_str("anna"), now, &certificate), -ENOENT);
    ck_assert_int_eq(store_authority_find(store, bytes_of_str("root"), &root), 0);
    ck_assert_int_eq(store_revocation_status(store, &root, bytes_of(serial, serial_n), now, &status, &revoked), 0);
    ck_assert_int_eq(status, STORE_STATUS_REVOKED);
    ck_assert_uint_eq(revoked.reason, REASON(KEY_COMPROMISE));
    revoke_certificate("bert");
    ck_assert_msg(revoke_delete(begin(), "root") == 0, "%s", op.text);
    make("root", "", PURPOSE(CA)); // the name is free for another one
    ck_assert_int_eq(store_authority_find(store, bytes_of_str("root"), &root), 0);
    ck_assert_int_eq(store_revocation_status(store, &root, bytes_of(serial, serial_n), now, &status, &revoked), 0);
    ck_assert_int_eq(status, STORE_STATUS_UNKNOWN);
    certificate = find("bert"); // not of this one, though of its name
    ck_assert_str_eq(certificate->info->issuer, "");
    store_certificate_free(certificate);
    ck_assert_int_eq(renew("bert", true, false), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "was deleted"));
}
END_TEST

START_TEST(spares_what_tunnels_use)
{
    struct binding binding = {.tunnel = "office",
                              .secret = "",
                              .other_secret = "",
                              .ppk_secret = "",
                              .certificate = "gw",
                              .remote_id_text = "",
                              .authorities = {"root"},
                              .n_authorities = 1};

    make("root", "", PURPOSE(CA));
    make("gw", "root", PURPOSE(SITE));
    ck_assert_int_eq(bindings_begin_page(bindings, 1), 0);
    ck_assert_int_eq(bindings_add(bindings, &binding), 0);
    bindings_commit(bindings);
    ck_assert_int_eq(revoke_delete(begin(), "gw"), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "used by the tunnel \"office\""));
}
END_TEST

START_TEST(renews_in_place)
{
    struct stored_certificate *first, *second, *third, *old;
    char name[64];

    make("root", "", PURPOSE(CA));
    make("gw", "root", PURPOSE(SITE));
    first = find("gw");
    now += 100 * DAY;
    ck_assert_int_eq(renew("gw", false, false), 0);
    second = find("gw");
    ck_assert(!bytes_equal(first->serial, second->serial));
    ck_assert(bytes_equal(first->public_key, second->public_key));
    ck_assert_int_eq(second->key, first->key);
    ck_assert_int_eq(second->info->not_after->seconds, first->info->not_after->seconds + 100 * DAY);
    ck_assert_int_eq(renew("gw", true, true), 0);
    third = find("gw");
    ck_assert(!bytes_equal(third->public_key, second->public_key));
    snprintf(name, sizeof(name), "serial:%s", second->info->serial);
    old = find(name);
    ck_assert_int_eq(old->info->state, STATE(REVOKED));
    ck_assert_int_eq(old->info->revocation_reason, REASON(SUPERSEDED));
    ck_assert(!old->is_current);
    ck_assert_int_eq(renew("root", true, false), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "make another authority"));
    ck_assert_int_eq(renew("root", false, false), 0);
    revoke_certificate("gw");
    ck_assert_int_eq(renew("gw", false, false), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "its key must not live on"));
    store_certificate_free(first);
    store_certificate_free(second);
    store_certificate_free(third);
    store_certificate_free(old);
    now += 3000 * DAY; // the replaced ones are forgotten with the keys that nobody has any more
    ck_assert_int_eq(store_certificate_forget_expired(store, now), 0);
    ck_assert_int_eq(store_certificate_find(store, bytes_of_str(name), now, &old), -ENOENT);
    third = find("gw");
    EVP_PKEY *still = NULL;
    ck_assert_int_eq(store_key_open(store, bytes_of_str("gw"), third->key, &still), 0);
    EVP_PKEY_free(still);
    store_certificate_free(third);
}
END_TEST

START_TEST(revokes_what_was_replaced)
{
    struct stored_certificate *first, *again;
    char name[64];

    make("root", "", PURPOSE(CA));
    make("anna", "root", PURPOSE(TLS_CLIENT));
    first = find("anna");
    ck_assert_int_eq(renew("anna", false, false), 0);
    revoke_certificate("anna");
    snprintf(name, sizeof(name), "serial:%s", first->info->serial);
    again = find(name);
    ck_assert_int_eq(again->info->state, STATE(REVOKED));
    ck_assert_int_eq(revoke_delete(begin(), name), -EINVAL);
    store_certificate_free(first);
    store_certificate_free(again);
}
END_TEST

START_TEST(binds_keys_to_names)
{
    struct stored_certificate *certificate;
    EVP_PKEY *opened = NULL;

    make("root", "", PURPOSE(CA));
    certificate = find("root");
    ck_assert_int_eq(store_key_open(store, bytes_of_str("other"), certificate->key, &opened), -EBADMSG);
    ck_assert_int_eq(store_key_open(store, bytes_of_str("root"), certificate->key + 1, &opened), -ENOENT);
    ck_assert_int_eq(store_key_open(store, bytes_of_str("root"), certificate->key, &opened), 0);
    EVP_PKEY_free(opened);
    store_certificate_free(certificate);
}
END_TEST

// ---- OCSP

START_TEST(answers_ocsp)
{
    Bulkhead__Internal__V1__PkiSignOcspRequest request = BULKHEAD__INTERNAL__V1__PKI_SIGN_OCSP_REQUEST__INIT;
    Bulkhead__Internal__V1__OcspQuestion question = BULKHEAD__INTERNAL__V1__OCSP_QUESTION__INIT, *list = &question;
    uint8_t nothing[32] = {0}, *der = NULL;

    make("root", "", PURPOSE(CA));
    make("anna", "root", PURPOSE(TLS_CLIENT));
    ask_ocsp("root", "anna", EVP_sha1(), 1, V_OCSP_CERTSTATUS_GOOD);
    ask_ocsp("root", "anna", EVP_sha256(), 2, V_OCSP_CERTSTATUS_GOOD);
    revoke_certificate("anna");
    ask_ocsp("root", "anna", EVP_sha512(), 4, V_OCSP_CERTSTATUS_REVOKED);
    question.hash = 2;
    question.serial = question.issuer_name_hash = question.issuer_key_hash =
        (ProtobufCBinaryData){.data = nothing, .len = sizeof(nothing)};
    question.serial.len = 4;
    request.n_questions = 1;
    request.questions = &list;
    ck_assert_int_eq(ocsp_answer(begin(), &request, &der), -EINVAL);
    ck_assert_uint_eq(op.code, REFUSED(NOT_FOUND));
    question.serial.len = 21;
    ck_assert_int_eq(ocsp_answer(begin(), &request, &der), -EINVAL);
    ck_assert_uint_eq(op.code, REFUSED(INVALID_ARGUMENT));
    request.n_questions = 0;
    ck_assert_int_eq(ocsp_answer(begin(), &request, &der), -EINVAL);
}
END_TEST

// ---- export

static int export_to(const char *name, const char *passphrase, Bulkhead__V1__ExportFormat format, uint8_t **ret_data)
{
    Bulkhead__V1__ExportCertificateRequest request = BULKHEAD__V1__EXPORT_CERTIFICATE_REQUEST__INIT;
    struct export_order *order;
    int r;

    request.name = text(name);
    request.format = format;
    request.passphrase = (ProtobufCBinaryData){.data = (uint8_t *)text(passphrase), .len = strlen(passphrase)};
    r = export_read(begin(), &request, &order);
    if (r < 0)
        return r;
    r = export_write(order, ret_data);
    export_free(order);
    return r;
}

START_TEST(exports)
{
    uint8_t *data = NULL;

    make("root", "", PURPOSE(CA));
    make("sub", "root", PURPOSE(CA));
    make("anna", "sub", PURPOSE(TLS_CLIENT));
    int n = export_to("anna", "", BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_PEM_CHAIN, &data);
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(memcmp(data, "-----BEGIN CERTIFICATE-----\n", 28), 0);
    OPENSSL_free(data);
    ck_assert_int_eq(export_to("anna", "short", BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_PKCS12, &data), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "at least 8 characters"));
    ck_assert_int_eq(export_to("anna", "ääää", BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_PKCS12, &data), -EINVAL);
    ck_assert_int_eq(export_to("anna", "not needed", BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_DER, &data), -EINVAL);
    n = export_to("anna", "0123456789", BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_PKCS12, &data);
    ck_assert_int_gt(n, 0);
    OPENSSL_free(data);
    ck_assert_int_eq(export_to("nobody", "", BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_DER, &data), -EINVAL);
    ck_assert_uint_eq(op.code, REFUSED(NOT_FOUND));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        revokes_and_deletes,
        spares_what_tunnels_use,
        renews_in_place,
        revokes_what_was_replaced,
        binds_keys_to_names,
        answers_ocsp,
        exports,
    };

    return run_stage(tests, RUN_COUNT(tests));
}
