#include "pki-d/content.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/alt_name.h"
#include "pki-d/subject.h"
#include "pki-d/validity.h"

#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name

void content_done(struct content *content)
{
    X509_NAME_free(content->subject);
    free(content->common_name);
    for (size_t i = 0; i < content->alt_names_n; i++)
        free(content->alt_names[i]);
    free(content->alt_names);
    *content = (struct content){0};
}

static int read_name(struct operation *op, const char *name, struct content *content)
{
    int r;

    if (!store_name_is_valid(bytes_of_str(name)))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                "template.name: \"%.80s\": 1-64 letters, digits, '-', '_' or '.'", name);
    r = store_certificate_exists(op->store, bytes_of_str(name));
    if (r == 1)
        return operation_refuse(op, REFUSED(ALREADY_EXISTS),
                                "template.name: \"%s\" is there already; take another name, or renew or delete it",
                                name);
    snprintf(content->name, sizeof(content->name), "%s", name);
    return r;
}

static int read_alt_names(struct operation *op, char *const *names, size_t n, struct content *content)
{
    char normal[ALT_NAME_MAX_BYTES];
    const char *mistake;

    if (n > ALT_NAMES_MAX)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "template.alt_names: %zu of them; at most 64", n);
    content->alt_names = calloc(n ? n : 1, sizeof(*content->alt_names));
    if (!content->alt_names)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        mistake = alt_name_normalize(names[i], normal);
        if (*mistake)
            return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "template.alt_names[%zu]: \"%.100s\": %s", i,
                                    names[i], mistake);
        content->alt_names[i] = strdup(normal);
        if (!content->alt_names[i])
            return -ENOMEM;
        content->alt_names_n++;
    }
    return 0;
}

static bool is_http_url(const char *url)
{
    static const char scheme[] = "http://";
    size_t n = strlen(url);

    if (n > STORE_URL_MAX_BYTES || strncmp(url, scheme, strlen(scheme)) != 0 || n == strlen(scheme))
        return false;
    for (; *url; url++)
        if (*url <= ' ' || *url > '~' || *url == '"' || *url == '<' || *url == '>' || *url == '\\')
            return false;
    return true;
}

int content_read_urls(struct operation *op, char *const *urls, size_t n, const char *path, struct store_urls *ret_urls)
{
    struct store_urls list = {.text = ""};
    size_t used = 0;

    if (n > STORE_URLS_MAX)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "%s: %zu of them; at most 4", path, n);
    for (size_t i = 0; i < n; i++) {
        if (!is_http_url(urls[i]))
            return operation_refuse(
                op, REFUSED(INVALID_ARGUMENT),
                "%s[%zu]: \"%.100s\": a http URL of at most 256 bytes, as \"http://pki.example/ca.crl\"", path, i,
                urls[i]);
        used += (size_t)snprintf(list.text + used, sizeof(list.text) - used, "%s%s", i ? "\n" : "", urls[i]);
    }
    *ret_urls = list;
    return 0;
}

static int read_urls(struct operation *op, const struct content_request *request, struct content *content)
{
    const Bulkhead__V1__CertificateTemplate *template = request->template;
    int r;

    r = content_read_urls(op, template->crl_urls, template->n_crl_urls, "template.crl_urls", &content->crl_urls);
    if (r == 0)
        r = content_read_urls(op, template->ocsp_urls, template->n_ocsp_urls, "template.ocsp_urls",
                              &content->ocsp_urls);
    if (r < 0 || !request->issuer)
        return r;
    if (template->n_crl_urls == 0)
        content->crl_urls = request->issuer->authority.crl_urls;
    if (template->n_ocsp_urls == 0)
        content->ocsp_urls = request->issuer->authority.ocsp_urls;
    return 0;
}

static int read_subject(struct operation *op, const struct content_request *request, struct content *content)
{
    const Bulkhead__V1__Subject *subject = request->template->subject;
    const char *path = "template.subject";
    int r;

    if (!subject && request->subject) {
        subject = request->subject;
        path = "request.subject";
    }
    if (!subject)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                "template.subject.common_name: required, as \"vpn.example\"");
    r = subject_make(op, subject, path, &content->subject);
    if (r < 0)
        return r;
    content->common_name = strdup(subject->common_name);
    return content->common_name ? 0 : -ENOMEM;
}

int content_read(struct operation *op, const struct content_request *request, struct content *ret_content)
{
    const Bulkhead__V1__CertificateTemplate *template = request->template;
    struct content content = {.purpose = request->purpose, .path_length = CONTENT_NO_PATH_LENGTH};
    const struct validity_request validity = {.days = template->days,
                                              .days_default = validity_default_days(request->purpose),
                                              .path = "template.days",
                                              .issuer = request->issuer};
    int r;

    r = read_name(op, template->name, &content);
    if (r == 0)
        r = read_subject(op, request, &content);
    if (r == 0)
        r = template->n_alt_names == 0 && request->alt_names_n > 0
                ? read_alt_names(op, request->alt_names, request->alt_names_n, &content)
                : read_alt_names(op, template->alt_names, template->n_alt_names, &content);
    if (r == 0)
        r = read_urls(op, request, &content);
    if (r == 0)
        r = validity_choose(op, &validity, &content.not_before, &content.not_after);
    if (r == 0)
        *ret_content = content;
    else
        content_done(&content);
    return r;
}
