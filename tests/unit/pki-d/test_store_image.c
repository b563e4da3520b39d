// Lists, the audit log, and a store's image that comes back.
#include "tests/unit/pki-d/authority_stage.h"

// ---- lists

static char listed[512];

static int on_listed(void *arg, Bulkhead__V1__Certificate *info)
{
    (void)arg;
    strcat(listed, info->name);
    strcat(listed, " ");
    bulkhead__v1__certificate__free_unpacked(info, NULL);
    return 0;
}

static void assert_list(const Bulkhead__V1__ListCertificatesRequest *filter, const char *after, size_t size,
                        const char *expected)
{
    const struct store_certificate_page page = {
        .filter = filter, .after = bytes_of_str(after), .page_size = size, .now = now};
    bool more;

    listed[0] = '\0';
    ck_assert_int_eq(store_certificate_list(store, &page, on_listed, NULL, &more), 0);
    ck_assert_str_eq(listed, expected);
}

START_TEST(lists_by_filters)
{
    Bulkhead__V1__ListCertificatesRequest filter = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;
    const Bulkhead__V1__ListCertificatesRequest all = filter;

    make("root", "", PURPOSE(CA));
    make("sub", "root", PURPOSE(CA));
    make("anna", "sub", PURPOSE(TLS_CLIENT));
    make("bert", "root", PURPOSE(TLS_CLIENT));
    revoke_certificate("bert");
    assert_list(&all, "", 100, "anna bert root sub ");
    assert_list(&all, "bert", 1, "root ");
    filter.issuer = text("root");
    assert_list(&filter, "", 100, "bert root sub ");
    filter.authorities = true;
    assert_list(&filter, "", 100, "root sub ");
    filter = all;
    filter.state = STATE(REVOKED);
    assert_list(&filter, "", 100, "bert ");
    filter.state = STATE(VALID);
    assert_list(&filter, "", 100, "anna root sub ");
    filter = all;
    filter.contains = text("ANN");
    assert_list(&filter, "", 100, "anna ");
    filter.contains = text("%");
    assert_list(&filter, "", 100, "");
    filter = all;
    filter.expires_within_days = 400;
    assert_list(&filter, "", 100, "anna bert ");
    filter.issuer = text("nobody");
    const struct store_certificate_page page = {.filter = &filter, .page_size = 1, .now = now};
    ck_assert_int_eq(store_certificate_list(store, &page, on_listed, NULL, &(bool){false}), -ENOENT);
}
END_TEST

// ---- the audit log

START_TEST(keeps_the_audit_log)
{
    Bulkhead__V1__AuditRecord *records[10];
    struct stored_certificate *certificate;

    make("root", "", PURPOSE(CA));
    make("anna", "root", PURPOSE(TLS_CLIENT));
    revoke_certificate("anna");
    ck_assert_int_eq(revoke_run(begin(), "anna", REASON(SUPERSEDED), &certificate), -EINVAL); // no record
    ck_assert_int_eq(store_audit_list(store, 0, records, 10), 3);
    ck_assert_str_eq(records[0]->operation, "revoke");
    ck_assert_str_eq(records[1]->operation, "issue");
    ck_assert_str_eq(records[2]->operation, "create-authority");
    ck_assert_str_eq(records[0]->actor, "uid 0");
    ck_assert_str_eq(records[0]->object, "anna");
    for (int i = 0; i < 3; i++)
        bulkhead__v1__audit_record__free_unpacked(records[i], NULL);
    ck_assert_int_eq(store_audit_list(store, 2, records, 10), 1);
    bulkhead__v1__audit_record__free_unpacked(records[0], NULL);
}
END_TEST

// ---- backup

static void restore(const uint8_t *image, size_t n, struct store_image_count *ret_count)
{
    ck_assert_int_eq(store_image_attach(store, bytes_of(image, n)), 0);
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_end(store, store_image_restore(store, ret_count)), 0);
    store_image_detach(store);
}

START_TEST(restores_an_image_under_another_master_key)
{
    const struct master_key other = {.b = {1}};
    struct store_image_count count;
    struct stored_certificate *certificate;
    uint8_t *image, value[PKI_SECRET_MAX_BYTES];
    char error[STORE_ERROR_MAX];
    EVP_PKEY *opened = NULL;
    size_t n, value_n;

    make("root", "", PURPOSE(CA));
    make("anna", "root", PURPOSE(TLS_CLIENT));
    ck_assert_int_eq(store_set(store, bytes_of_str("psk"), bytes_of_str("a value")), 0);
    ck_assert_int_eq(store_image_make(store, &image, &n), 0);
    store_close(store);
    nftw(folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    ck_assert_msg(store_open(folder, &other, &store, error) == 0, "%s", error);
    ck_assert_int_eq(store_set(store, bytes_of_str("goes"), bytes_of_str("x")), 0);
    restore(image, n, &count);
    ck_assert_uint_eq(count.secrets, 1);
    ck_assert_uint_eq(count.certificates, 2);
    ck_assert_int_eq(store_get(store, bytes_of_str("psk"), value, &value_n), 0);
    ck_assert(bytes_equal(bytes_of(value, value_n), bytes_of_str("a value")));
    ck_assert_int_eq(store_get(store, bytes_of_str("goes"), value, &value_n), -ENOENT);
    certificate = find("anna");
    ck_assert_int_eq(store_key_open(store, bytes_of_str("anna"), certificate->key, &opened), 0);
    EVP_PKEY_free(opened);
    store_certificate_free(certificate);
    // what was revoked since stays so
    revoke_certificate("anna");
    make("bert", "root", PURPOSE(TLS_CLIENT));
    restore(image, n, &count);
    ck_assert_int_eq(state_of("anna"), STATE(REVOKED));
    ck_assert_int_eq(store_certificate_exists(store, bytes_of_str("bert")), 0);
    store_image_free(image, n);
    store_close(store);
    ck_assert_msg(store_open(folder, &other, &store, error) == 0, "%s", error);
    ck_assert_int_eq(state_of("anna"), STATE(REVOKED));
}
END_TEST

START_TEST(revives_nothing_of_an_authority_deleted_since)
{
    struct store_image_count count;
    uint8_t *image;
    size_t n;

    make("root", "", PURPOSE(CA));
    make("anna", "root", PURPOSE(TLS_CLIENT));
    ck_assert_int_eq(store_image_make(store, &image, &n), 0);
    revoke_certificate("anna");
    ck_assert_msg(revoke_delete(begin(), "root") == 0, "%s", op.text);
    restore(image, n, &count);
    ck_assert_int_eq(state_of("root"), STATE(VALID));
    ck_assert_int_eq(state_of("anna"), STATE(REVOKED));
    ask_ocsp("root", "anna", EVP_sha256(), 2, V_OCSP_CERTSTATUS_REVOKED);
    store_image_free(image, n);
}
END_TEST

// Records of the store with that object.
static int count_records(const char *object)
{
    Bulkhead__V1__AuditRecord *records[100];
    int n = store_audit_list(store, 0, records, 100), found = 0;

    for (int i = 0; i < n; i++) {
        found += strcmp(records[i]->object, object) == 0;
        bulkhead__v1__audit_record__free_unpacked(records[i], NULL);
    }
    return found;
}

START_TEST(loses_no_record_of_the_image)
{
    struct store_image_count count;
    char name[16], error[STORE_ERROR_MAX];
    uint8_t *image;
    size_t n;

    make("root", "", PURPOSE(CA));
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        make(name, "root", PURPOSE(TLS_CLIENT));
    }
    ck_assert_int_eq(store_image_make(store, &image, &n), 0);
    store_close(store);
    nftw(folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    ck_assert_msg(store_open(folder, &key, &store, error) == 0, "%s", error);
    make("here", "", PURPOSE(CA));
    make("there", "here", PURPOSE(CA));
    restore(image, n, &count);
    ck_assert_int_eq(count_records("here"), 1);
    ck_assert_int_eq(count_records("there"), 1);
    ck_assert_int_eq(count_records("root"), 1);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        ck_assert_int_eq(count_records(name), 1);
    }
    store_image_free(image, n);
}
END_TEST

static bool is_utf8(const char *text)
{
    int left = (int)strlen(text), n = 1;
    unsigned long character;

    for (; left > 0 && n > 0; text += n, left -= n)
        n = UTF8_getc((const unsigned char *)text, left, &character);
    return n > 0;
}

START_TEST(cuts_no_character_of_a_record)
{
    static const char umlauts[] =
        "a"
        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
        "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
    Bulkhead__V1__AuditRecord *record;
    struct issue_result result;

    for (int shift = 0; shift < 2; shift++) {
        ask_for(shift ? "two" : "one", "", PURPOSE(CA));
        ask.subject.organization = text(umlauts + shift);
        ask.subject.organizational_unit = text(umlauts);
        ask.subject.state = text(umlauts);
        ck_assert_msg(issue_asked(&result) == 0, "%s", op.text);
        issue_result_done(&result);
        ck_assert_int_eq(store_audit_list(store, 0, &record, 1), 1);
        ck_assert_msg(is_utf8(record->detail), "%s", record->detail);
        bulkhead__v1__audit_record__free_unpacked(record, NULL);
    }
}
END_TEST

START_TEST(restores_nothing_that_is_not_whole)
{
    struct store_image_count count;
    uint8_t *image;
    size_t n;

    make("root", "", PURPOSE(CA));
    ck_assert_int_eq(store_image_make(store, &image, &n), 0);
    image[0] ^= 1; // the master key in front
    ck_assert_int_eq(store_image_attach(store, bytes_of(image, n)), 0);
    ck_assert_int_eq(store_begin(store), 0);
    ck_assert_int_eq(store_end(store, store_image_restore(store, &count)), -EBADMSG);
    store_image_detach(store);
    ck_assert_int_eq(state_of("root"), STATE(VALID));
    ck_assert_int_eq(store_image_attach(store, bytes_of(image, 50)), -EBADMSG);
    store_image_free(image, n);
    make("sub", "root", PURPOSE(CA));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lists_by_filters,
        keeps_the_audit_log,
        restores_an_image_under_another_master_key,
        revives_nothing_of_an_authority_deleted_since,
        loses_no_record_of_the_image,
        cuts_no_character_of_a_record,
        restores_nothing_that_is_not_whole,
    };

    return run_stage(tests, RUN_COUNT(tests));
}
