// What the importer hands over: all of it is stored or nothing, under names that follow from the first one's.
#include "lib/ipc/edge_message.h"
#include "tests/unit/pki-d/authority_stage.h"

#define SOURCE(name) BULKHEAD__V1__CERTIFICATE_SOURCE__CERTIFICATE_SOURCE_##name

typedef Bulkhead__Internal__V1__CertificateFacts facts_message;

// A certificate from outside, made by an authority of the stage's own and described as the importer would.
struct outside {
    struct stored_certificate *certificate;
    EVP_PKEY *key;
    facts_message facts;
    Bulkhead__Internal__V1__PublicKey public_key;
    Bulkhead__Internal__V1__PrivateKey private_key;
    uint8_t point[65], secret[32];
};

static struct store *elsewhere;
static char elsewhere_folder[] = "/tmp/bh-elsewhere-XXXXXX";

static void swap_stores(void)
{
    struct store *other = elsewhere;

    elsewhere = store;
    store = other;
}

static void set_up_both(void)
{
    const struct master_key other = {.b = {77}};
    char error[STORE_ERROR_MAX];

    set_up();
    strcpy(elsewhere_folder, "/tmp/bh-elsewhere-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(elsewhere_folder));
    ck_assert_int_eq(store_open(elsewhere_folder, &other, &elsewhere, error), 0);
}

static void tear_down_both(void)
{
    store_close(elsewhere);
    nftw(elsewhere_folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
    tear_down();
}

static ProtobufCBinaryData data_of(struct bytes b)
{
    ProtobufCBinaryData data;

    edge_message_put_bytes(b, &data);
    return data;
}

static void read_key(struct outside *o)
{
    BIGNUM *secret = NULL;
    size_t n;

    ck_assert_int_eq(store_key_open(elsewhere, bytes_of_str(o->certificate->info->name), o->certificate->key, &o->key),
                     0);
    ck_assert_int_eq(EVP_PKEY_get_octet_string_param(o->key, "pub", o->point, sizeof(o->point), &n), 1);
    ck_assert_int_eq(EVP_PKEY_get_bn_param(o->key, "priv", &secret), 1);
    BN_bn2binpad(secret, o->secret, sizeof(o->secret));
    BN_free(secret);
    bulkhead__internal__v1__public_key__init(&o->public_key);
    o->public_key.type = KEY(EC_P256);
    o->public_key.point = data_of(bytes_of(o->point, n));
    bulkhead__internal__v1__private_key__init(&o->private_key);
    o->private_key.type = KEY(EC_P256);
    o->private_key.point = o->public_key.point;
    o->private_key.secret = data_of(bytes_of(o->secret, sizeof(o->secret)));
}

static void read_outside(struct outside *o, const char *name, struct outside *issuer)
{
    swap_stores();
    o->certificate = find(name);
    swap_stores();
    read_key(o);
    bulkhead__internal__v1__certificate_facts__init(&o->facts);
    o->facts.der = data_of(o->certificate->der);
    o->facts.subject_der = data_of(o->certificate->subject_der);
    o->facts.issuer_der = data_of(issuer->certificate->subject_der);
    o->facts.subject = o->certificate->info->subject;
    o->facts.issuer = o->certificate->info->issuer_subject;
    o->facts.serial = data_of(o->certificate->serial);
    o->facts.not_before = o->certificate->info->not_before->seconds;
    o->facts.not_after = o->certificate->info->not_after->seconds;
    o->facts.key = &o->public_key;
    o->facts.is_authority = o->certificate->info->is_authority;
    o->facts.path_length = o->certificate->info->path_length;
    o->facts.key_usage = 1;
    o->facts.subject_key_id = data_of(o->certificate->key_identifier);
    o->facts.authority_key_id = data_of(issuer->certificate->key_identifier);
    o->facts.is_self_signed = o == issuer;
}

static void outside_done(struct outside *o)
{
    store_certificate_free(o->certificate);
    EVP_PKEY_free(o->key);
}

static struct outside root, gate;

// root -> gate, in another store
static void make_outside(void)
{
    swap_stores();
    make("root", "", PURPOSE(CA));
    make("gate", "root", PURPOSE(SITE));
    swap_stores();
    memset(&root, 0, sizeof(root));
    memset(&gate, 0, sizeof(gate));
    read_outside(&root, "root", &root);
    read_outside(&gate, "gate", &root);
}

static int import_all(const char *name, facts_message **facts, size_t n,
                      Bulkhead__Internal__V1__PrivateKey *private_key)
{
    Bulkhead__Internal__V1__PkiStoreImportRequest request = BULKHEAD__INTERNAL__V1__PKI_STORE_IMPORT_REQUEST__INIT;
    struct stored_certificate *stored[IMPORT_CERTIFICATES_MAX];
    size_t stored_n;
    int r;

    request.name = text(name);
    request.certificates = facts;
    request.n_certificates = n;
    request.key = private_key;
    r = import_run(begin(), &request, stored, &stored_n);
    for (size_t i = 0; r == 0 && i < stored_n; i++)
        store_certificate_free(stored[i]);
    return r;
}

START_TEST(takes_a_chain_in)
{
    facts_message *chain[] = {&gate.facts, &root.facts};
    struct stored_certificate *certificate;

    make_outside();
    ck_assert_msg(import_all("gw", chain, 2, &gate.private_key) == 0, "%s", op.text);
    certificate = find("gw");
    ck_assert_str_eq(certificate->info->issuer, "gw-ca");
    ck_assert(certificate->info->has_key);
    ck_assert_int_eq(certificate->info->source, SOURCE(IMPORTED));
    ck_assert_str_eq(certificate->info->key_type, "ec-p256");
    store_certificate_free(certificate);
    certificate = find("gw-ca");
    ck_assert(certificate->info->is_authority && !certificate->info->has_key);
    store_certificate_free(certificate);
    ck_assert_int_eq(import_all("other", chain, 2, &gate.private_key), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "stored already, as \"gw\""));
    ask_for("x", "gw-ca", PURPOSE(TLS_CLIENT));
    assert_refused("its private key is not stored here");
    outside_done(&root);
    outside_done(&gate);
}
END_TEST

START_TEST(goes_on_as_an_imported_authority)
{
    facts_message *one[] = {&root.facts};

    make_outside();
    ck_assert_msg(import_all("office", one, 1, &root.private_key) == 0, "%s", op.text);
    make("anna", "office", PURPOSE(TLS_CLIENT));
    ask_ocsp("office", "anna", EVP_sha1(), 1, V_OCSP_CERTSTATUS_GOOD);
    revoke_certificate("anna");
    ask_ocsp("office", "anna", EVP_sha1(), 1, V_OCSP_CERTSTATUS_REVOKED);
    outside_done(&root);
    outside_done(&gate);
}
END_TEST

START_TEST(knows_an_authority_again)
{
    facts_message *one[] = {&root.facts};
    struct stored_authority before, after;

    make_outside();
    ck_assert_msg(import_all("office", one, 1, &root.private_key) == 0, "%s", op.text);
    make("anna", "office", PURPOSE(TLS_CLIENT));
    revoke_certificate("anna");
    ck_assert_int_eq(store_authority_find(store, bytes_of_str("office"), &before), 0);
    ck_assert_msg(revoke_delete(begin(), "office") == 0, "%s", op.text);
    ck_assert_msg(import_all("again", one, 1, &root.private_key) == 0, "%s", op.text);
    ask_ocsp("again", "anna", EVP_sha256(), 2, V_OCSP_CERTSTATUS_REVOKED);
    ck_assert_int_eq(store_authority_find(store, bytes_of_str("again"), &after), 0);
    ck_assert_uint_eq(after.crl_number, before.crl_number + 1);
    ck_assert_msg(revoke_delete(begin(), "again") == 0, "%s", op.text);
    ck_assert_msg(import_all("office", one, 1, NULL) == 0, "%s", op.text);
    outside_done(&root);
    outside_done(&gate);
}
END_TEST

START_TEST(refuses_a_whole)
{
    facts_message *chain[] = {&gate.facts, &root.facts}, *twice[] = {&gate.facts, &gate.facts};

    make_outside();
    ck_assert_int_eq(import_all("gw", chain, 2, &root.private_key), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "is not that of the certificate"));
    gate.secret[31] ^= 1;
    ck_assert_int_eq(import_all("gw", chain, 2, &gate.private_key), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "key: must be whole"));
    gate.secret[31] ^= 1;
    ck_assert_int_eq(import_all("a b", chain, 2, NULL), -EINVAL);
    ck_assert_int_eq(import_all("gw", chain, 0, NULL), -EINVAL);
    ck_assert_int_eq(import_all("gw", twice, 2, NULL), -EINVAL);
    ck_assert_int_eq(store_certificate_exists(store, bytes_of_str("gw")), 0);
    make("gw", "", PURPOSE(CA));
    ck_assert_int_eq(import_all("gw", chain, 2, NULL), -EINVAL);
    ck_assert_uint_eq(op.code, REFUSED(ALREADY_EXISTS));
    ck_assert_int_eq(store_certificate_exists(store, bytes_of_str("gw-ca")), 0);
    outside_done(&root);
    outside_done(&gate);
}
END_TEST

static int import_revoked(const char *authority, int64_t next_update, struct bytes sha256)
{
    Bulkhead__Internal__V1__PkiStoreCrlRequest request = BULKHEAD__INTERNAL__V1__PKI_STORE_CRL_REQUEST__INIT;
    Bulkhead__Internal__V1__RevokedEntry entry = BULKHEAD__INTERNAL__V1__REVOKED_ENTRY__INIT, *entries = &entry;

    request.authority = text(authority);
    request.authority_sha256 = data_of(sha256);
    request.next_update = next_update;
    entry.serial = data_of(gate.certificate->serial);
    entry.reason = REASON(SUPERSEDED);
    entry.time = now;
    request.entries = &entries;
    request.n_entries = 1;
    return import_crl(begin(), &request);
}

START_TEST(takes_a_crl_in)
{
    facts_message *chain[] = {&gate.facts, &root.facts};
    struct stored_authority authority;
    enum store_status status;
    struct store_revoked revoked;

    make_outside();
    ck_assert_int_eq(import_all("gw", chain, 2, NULL), 0);
    ck_assert_int_eq(import_revoked("gw-ca", now - 1, root.certificate->sha256), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "out of date"));
    ck_assert_int_eq(import_revoked("gw-ca", now + DAY, gate.certificate->sha256), -EINVAL);
    ck_assert_ptr_nonnull(strstr(op.text, "has changed"));
    ck_assert_int_eq(state_of("gw"), STATE(VALID));
    ck_assert_msg(import_revoked("gw-ca", now + DAY, root.certificate->sha256) == 0, "%s", op.text);
    ck_assert_int_eq(state_of("gw"), STATE(REVOKED));
    ck_assert_int_eq(store_authority_find(store, bytes_of_str("gw-ca"), &authority), 0);
    ck_assert_int_eq(store_revocation_status(store, &authority, bytes_of_str("x"), now, &status, &revoked), 0);
    ck_assert_int_eq(status, STORE_STATUS_GOOD);
    ck_assert_int_eq(store_revocation_status(store, &authority, bytes_of_str("x"), now + 2 * DAY, &status, &revoked),
                     0);
    ck_assert_int_eq(status, STORE_STATUS_UNKNOWN);
    ck_assert_int_eq(
        store_revocation_status(store, &authority, gate.certificate->serial, now + 2 * DAY, &status, &revoked), 0);
    ck_assert_int_eq(status, STORE_STATUS_REVOKED);
    outside_done(&root);
    outside_done(&gate);
}
END_TEST

START_TEST(goes_on_with_an_imported_crl)
{
    facts_message *one[] = {&root.facts};
    struct stored_authority authority;
    struct store_crl crl;

    make_outside();
    ck_assert_msg(import_all("office", one, 1, &root.private_key) == 0, "%s", op.text);
    ck_assert_int_eq(store_authority_find(store, bytes_of_str("office"), &authority), 0);
    ck_assert_int_eq(store_crl_find(store, authority.id, &crl), 0);
    ck_assert_uint_eq(crl.revoked, 0);
    store_crl_done(&crl);
    ck_assert_msg(import_revoked("office", now + DAY, root.certificate->sha256) == 0, "%s", op.text);
    ck_assert_int_eq(store_crl_find(store, authority.id, &crl), 0);
    ck_assert_uint_eq(crl.revoked, 1);
    store_crl_done(&crl);
    make("anna", "office", PURPOSE(TLS_CLIENT));
    revoke_certificate("anna");
    ck_assert_int_eq(store_crl_find(store, authority.id, &crl), 0);
    ck_assert_uint_eq(crl.revoked, 2);
    store_crl_done(&crl);
    outside_done(&root);
    outside_done(&gate);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {takes_a_chain_in,         goes_on_as_an_imported_authority,
                                  knows_an_authority_again, refuses_a_whole,
                                  takes_a_crl_in,           goes_on_with_an_imported_crl};
    TCase *tcase = tcase_create("import");

    tcase_add_checked_fixture(tcase, set_up_both, tear_down_both);
    for (size_t i = 0; i < RUN_COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}
