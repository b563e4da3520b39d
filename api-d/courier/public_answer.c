#include "api-d/courier/public_answer.h"

#include <http_parser.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DATE_TEXT_MAX 32
#define TAG_TEXT_MAX  24

static const char *explain(unsigned status)
{
    switch (status) {
    case 400:
        return "This is not a request that can be read.";
    case 404:
        return "There is no such CRL here. CRLs are at /crl/NAME.crl, OCSP at /ocsp.";
    case 405:
        return "Not with this method.";
    case 413:
        return "An OCSP request may have 16384 bytes.";
    case 414:
        return "The URL may have 4096 bytes.";
    case 415:
        return "An OCSP request is sent as application/ocsp-request.";
    case 429:
        return "Too many questions; ask again later.";
    case 431:
        return "The headers and the URL may have 12288 bytes.";
    default:
        return "The answer can't be had now; ask again.";
    }
}

// RFC 9110 5.6.7.
static const char *format_date(time_t at, char *out)
{
    struct tm tm;

    if (!gmtime_r(&at, &tm) || strftime(out, DATE_TEXT_MAX, "%a, %d %b %Y %H:%M:%S GMT", &tm) == 0)
        *out = 0;
    return out;
}

static void format_tag(const struct document *document, char *out)
{
    snprintf(out, TAG_TEXT_MAX, "\"%016" PRIx64 "\"", document->version);
}

bool public_answer_is_known(const struct document *document, const char *if_none_match)
{
    char tag[TAG_TEXT_MAX];

    format_tag(document, tag);
    return strstr(if_none_match, tag) != NULL;
}

// What snprintf has added; nothing where it did not fit.
static size_t extend(size_t n, int added)
{
    return added < 0 || n + (size_t)added >= PUBLIC_ANSWER_HEAD_MAX ? n : n + (size_t)added;
}

static size_t write_document_head(const struct public_answer *answer, size_t n, char *out)
{
    const struct document *document = answer->document;
    char tag[TAG_TEXT_MAX], modified[DATE_TEXT_MAX];

    format_tag(document, tag);
    return extend(n, snprintf(out + n, PUBLIC_ANSWER_HEAD_MAX - n,
                              "Content-Type: %s\r\nContent-Length: %zu\r\nETag: %s\r\nLast-Modified: %s\r\n"
                              "Cache-Control: max-age=%" PRIu32 ", public, must-revalidate, no-transform\r\n%s\r\n",
                              answer->content_type, document->n, tag, format_date(document->made, modified),
                              answer->max_age_s, answer->keeps_alive ? "" : "Connection: close\r\n"));
}

static size_t write_error(const struct public_answer *answer, size_t n, char *out)
{
    const char *text = explain(answer->status);

    n = extend(n,
               snprintf(out + n, PUBLIC_ANSWER_HEAD_MAX - n,
                        "Content-Type: text/plain\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n%s%s%s%s%s\r\n",
                        strlen(text) + 1, answer->allow ? "Allow: " : "", answer->allow ? answer->allow : "",
                        answer->allow ? "\r\n" : "",
                        answer->status == 503 || answer->status == 429 ? "Retry-After: 2\r\n" : "",
                        answer->keeps_alive ? "" : "Connection: close\r\n"));
    if (answer->head_only)
        return n;
    return extend(n, snprintf(out + n, PUBLIC_ANSWER_HEAD_MAX - n, "%s\n", text));
}

size_t public_answer_write(const struct public_answer *answer, time_t now, char *out)
{
    char date[DATE_TEXT_MAX];
    size_t n = extend(0, snprintf(out, PUBLIC_ANSWER_HEAD_MAX, "HTTP/1.1 %u %s\r\nDate: %s\r\n", answer->status,
                                  http_status_str((enum http_status)answer->status), format_date(now, date)));

    return answer->document ? write_document_head(answer, n, out) : write_error(answer, n, out);
}
