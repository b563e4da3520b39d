// bhctl pki: what is asked of the gateway, what people see, and where documents and passphrases go.
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/ctl/server.h"

#define OK(json) "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" json

#define CERTIFICATE                                                                                                    \
    "{\"name\":\"anna\",\"issuer\":\"ca\",\"hasKey\":true,\"subject\":\"CN=anna,O=Example\",\"serial\":\"0a1b\","      \
    "\"notBefore\":\"2026-11-23T00:00:00Z\",\"notAfter\":\"2027-11-23T00:00:00Z\",\"daysLeft\":365,"                   \
    "\"altNames\":[\"email:anna@example.com\"],\"keyType\":\"rsa-2048\",\"extendedKeyUsage\":[\"clientAuth\"],"        \
    "\"state\":\"CERTIFICATE_STATE_VALID\"}"

static const char *body_of(const struct run *run)
{
    return strstr(run->request, "\r\n\r\n") + 4;
}

static char *file_in(const char *name, const char *text)
{
    static char paths[4][128];
    static unsigned next;
    char *at = paths[next++ % 4];
    FILE *f;

    snprintf(at, sizeof(paths[0]), "%s/%s", server_folder, name);
    if (text) {
        f = fopen(at, "we");
        ck_assert_ptr_nonnull(f);
        fputs(text, f);
        fclose(f);
    }
    return at;
}

START_TEST(issues)
{
    struct run run;

    RUN(&run,
        OK("{\"certificate\":" CERTIFICATE
           ",\"findings\":[{\"severity\":\"SEVERITY_ERROR\",\"client\":\"apple\",\"rule\":\"validity-too-long\","
           "\"message\":\"too long\"},{\"severity\":\"SEVERITY_WARNING\",\"rule\":\"no-name\",\"message\":\"hm\"}]}"),
        "", "pki", "cert", "issue", "anna", "--ca", "ca", "--purpose", "client", "--organization", "Example", "--san",
        "email:anna@example.com", "--days", "365", "--key=ec-p256", "--for", "ios,windows", "--force");
    ck_assert_str_eq(run.err, "");
    ck_assert_int_eq(run.code, EXIT_OK);
    ck_assert_ptr_eq(strstr(run.request, "POST /bulkhead.v1.CertificateService/IssueCertificate "), run.request);
    ck_assert_str_eq(body_of(&run),
                     "{\"template\":{\"name\":\"anna\",\"subject\":{\"organization\":\"Example\","
                     "\"commonName\":\"anna\"},\"altNames\":[\"email:anna@example.com\"],\"days\":365,"
                     "\"keyType\":\"KEY_TYPE_EC_P256\",\"forClients\":[\"ios\",\"windows\"],"
                     "\"force\":true},\"issuer\":\"ca\",\"purpose\":\"CERTIFICATE_PURPOSE_TLS_CLIENT\"}");
    ck_assert_str_eq(run.out, "anna: serial 0a1b, valid until 2027-11-23T00:00:00Z (365 days)\n"
                              "error: apple: validity-too-long: too long\n"
                              "warning: all: no-name: hm\n");
    done(&run);
}
END_TEST

START_TEST(creates_authorities)
{
    struct run run;

    RUN(&run, OK("{}"), "", "pki", "ca", "create", "ca", "--country", "RU", "--crl-host", "192.168.103.1",
        "--path-length=0");
    ck_assert_str_eq(run.err, "");
    ck_assert_str_eq(body_of(&run),
                     "{\"template\":{\"name\":\"ca\",\"subject\":{\"country\":\"RU\",\"commonName\":\"ca\"}},"
                     "\"pathLength\":0,\"issueCrlUrls\":[\"http://192.168.103.1/crl/ca.crl\"]}");
    done(&run);
}
END_TEST

START_TEST(lists)
{
    struct run run;

    RUN(&run, OK("{\"certificates\":[" CERTIFICATE "]}"), "", "pki", "cert", "list", "--expires", "30");
    ck_assert_str_eq(run.out, "NAME  CA  FOR     NAMES                   KEY       STATE  EXPIRES     DAYS LEFT\n"
                              "anna  ca  client  email:anna@example.com  rsa-2048  valid  2027-11-23        365\n");
    done(&run);
    RUN(&run, OK("{\"certificates\":[" CERTIFICATE "]}"), "", "pki", "cert", "list", "-ojson");
    ck_assert_ptr_nonnull(strstr(run.out, "\"daysLeft\": 365"));
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "cert", "list", "--state", "gone");
    ck_assert_int_eq(run.code, EXIT_USAGE);
    ck_assert_str_eq(run.err,
                     "bhctl: pki cert list: --state \"gone\" is none of valid, not-yet-valid, expired, revoked\n");
    done(&run);
}
END_TEST

// The newline behind the passphrase is not part of it; the file is new, and nobody else's.
START_TEST(exports)
{
    char *to = file_in("anna.p12", NULL);
    struct stat st;
    struct run run;
    char text[16] = "";
    FILE *f;

    RUN(&run, OK("{\"data\":\"cDEy\"}"), "0123456789\nmore\n", "pki", "cert", "export", "anna", "--format", "pkcs12",
        "--to", to);
    ck_assert_str_eq(run.err, "");
    ck_assert_str_eq(run.out, "");
    ck_assert_ptr_nonnull(strstr(body_of(&run), "0123456789"));
    ck_assert_ptr_null(strstr(body_of(&run), "more"));
    ck_assert_int_eq(stat(to, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    f = fopen(to, "re");
    ck_assert_uint_eq(fread(text, 1, sizeof(text), f), 3);
    ck_assert_str_eq(text, "p12");
    fclose(f);
    done(&run);
    RUN(&run, OK("{\"data\":\"cDEy\"}"), "0123456789\n", "pki", "cert", "export", "anna", "--format", "pkcs12", "--to",
        to);
    ck_assert_int_eq(run.code, EXIT_USAGE);
    ck_assert_ptr_nonnull(strstr(run.err, "is there already, and is not overwritten"));
    done(&run);
    unlink(to);
}
END_TEST

// Nothing is left of a file when there is nothing to write.
START_TEST(drops_what_it_began)
{
    char *to = file_in("ca.der", NULL);
    struct stat st;
    struct run run;

    RUN(&run, "HTTP/1.1 404 Not Found\r\n\r\n{\"code\":\"not_found\",\"message\":\"there is no certificate\"}", "",
        "pki", "cert", "export", "ca", "--format", "der", "--to", to);
    ck_assert_int_eq(run.code, EXIT_REFUSED);
    ck_assert_str_eq(run.err, "bhctl: pki cert export ca: there is no certificate (not_found)\n");
    ck_assert_int_eq(stat(to, &st), -1);
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "cert", "export", "anna", "--format", "pkcs12", "--to", to);
    ck_assert_int_eq(run.code, EXIT_USAGE);
    ck_assert_ptr_nonnull(strstr(run.err, "there is no passphrase"));
    ck_assert_int_eq(stat(to, &st), -1);
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "cert", "export", "anna", "--modern");
    ck_assert_str_eq(run.err, "bhctl: pki cert export anna: --modern has a meaning only with --format pkcs12\n");
    done(&run);
}
END_TEST

START_TEST(imports)
{
    char *data = file_in("gw.pem", "certificate"), *key = file_in("gw.key", "key"),
         *passphrase = file_in("gw.pass", "secret\r\n");
    struct run run;

    RUN(&run, OK("{\"certificates\":[" CERTIFICATE "]}"), "", "pki", "cert", "import", "gw", "-f", data, "--key-file",
        key, "--passphrase-file", passphrase);
    ck_assert_str_eq(run.err, "");
    ck_assert_str_eq(body_of(&run),
                     "{\"name\":\"gw\",\"data\":\"Y2VydGlmaWNhdGU=\",\"key\":\"a2V5\",\"passphrase\":\"c2VjcmV0\"}");
    ck_assert_str_eq(run.out, "anna: CN=anna,O=Example, with its key, 365 days left\n");
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "cert", "import", "gw", "-f", "-", "--passphrase-file", "-");
    ck_assert_int_eq(run.code, EXIT_USAGE);
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "ca", "import", "gw", "-f", file_in("none", NULL));
    ck_assert_int_eq(run.code, EXIT_USAGE);
    ck_assert_ptr_nonnull(strstr(run.err, "No such file"));
    done(&run);
    unlink(data);
    unlink(key);
    unlink(passphrase);
}
END_TEST

START_TEST(lints_names_and_files)
{
    char *file = file_in("x.pem", "pem");
    struct run run;

    RUN(&run, OK("{}"), "", "pki", "lint", "anna", "--for", "windows", "--dial", "a,b");
    ck_assert_str_eq(body_of(&run), "{\"name\":\"anna\",\"clients\":[\"windows\"],\"dialled\":[\"a\",\"b\"]}");
    ck_assert_str_eq(run.out, "nothing found\n");
    ck_assert_int_eq(run.code, EXIT_OK);
    done(&run);
    RUN(&run, OK("{\"findings\":[{\"severity\":\"SEVERITY_ERROR\",\"rule\":\"expired\",\"message\":\"old\"}]}"), "",
        "pki", "lint", file);
    ck_assert_str_eq(body_of(&run), "{\"data\":\"cGVt\"}");
    ck_assert_str_eq(run.out, "error: all: expired: old\n");
    ck_assert_int_eq(run.code, EXIT_REFUSED);
    done(&run);
    unlink(file);
}
END_TEST

START_TEST(revokes)
{
    struct run run;

    RUN(&run, OK("{\"certificate\":{\"name\":\"anna\",\"serial\":\"0a\",\"revokedAt\":\"2026-11-23T00:00:00Z\"}}"), "",
        "pki", "cert", "revoke", "anna", "--reason", "key-compromise");
    ck_assert_str_eq(body_of(&run), "{\"name\":\"anna\",\"reason\":\"REVOCATION_REASON_KEY_COMPROMISE\"}");
    ck_assert_str_eq(run.out, "anna: serial 0a is revoked since 2026-11-23T00:00:00Z\n");
    done(&run);
}
END_TEST

START_TEST(asks_for_what_is_missing)
{
    struct run run;

    RUN(&run, OK("{}"), "", "pki", "cert", "issue", "a", "--purpose", "site");
    ck_assert_str_eq(run.err, "bhctl: pki cert issue a: --ca is missing; bhctl pki ca list shows the authorities\n");
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "cert", "issue", "a", "--ca", "ca");
    ck_assert_str_eq(run.err, "bhctl: pki cert issue a: --purpose is missing; server, client or site\n");
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "cert", "issue", "a", "--ca", "ca", "--purpose", "site", "--key", "rsa");
    ck_assert_ptr_nonnull(strstr(run.err, "--key \"rsa\" is none of rsa-2048"));
    done(&run);
    RUN(&run, OK("{}"), "", "pki", "cert", "issue", "a", "--ca", "ca", "--purpose", "site", "--days", "0");
    ck_assert_str_eq(run.err, "bhctl: pki cert issue a: --days \"0\" is not a number from 1 to 36500\n");
    ck_assert_int_eq(run.code, EXIT_USAGE);
    done(&run);
}
END_TEST

START_TEST(backs_up_and_restores)
{
    char *to = file_in("store.backup", NULL);
    struct run run;

    RUN(&run, OK("{\"data\":\"cDEy\"}"), "0123456789ab", "pki", "backup", "--to", to);
    ck_assert_str_eq(run.err, "");
    ck_assert_int_eq(run.code, EXIT_OK);
    done(&run);
    RUN(&run, OK("{\"secrets\":1,\"certificates\":2}"), "0123456789ab", "pki", "restore", "-f", to);
    ck_assert_str_eq(run.out, "restored 1 secrets and 2 certificates\n");
    done(&run);
    unlink(to);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        issues,
        creates_authorities,
        lists,
        exports,
        drops_what_it_began,
        imports,
        lints_names_and_files,
        revokes,
        asks_for_what_is_missing,
        backs_up_and_restores,
    };

    return server_run_tests("pki", tests, RUN_COUNT(tests));
}
