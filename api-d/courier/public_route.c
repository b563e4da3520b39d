#include "api-d/courier/public_route.h"

#include <ctype.h>
#include <string.h>

#include "lib/schema/base64.h"

enum {
    STATUS_BAD_REQUEST = 400,
    STATUS_NOT_FOUND = 404,
    STATUS_METHOD_NOT_ALLOWED = 405,
    STATUS_UNSUPPORTED_MEDIA_TYPE = 415,
};

#define CRL_FOLDER  "/crl/"
#define CRL_SUFFIX  ".crl"
#define OCSP_FOLDER "/ocsp"
#define OCSP_TYPE   "application/ocsp-request"

static void refuse(struct public_route *route, unsigned status, const char *allow)
{
    route->kind = PUBLIC_ROUTE_REFUSED;
    route->status = status;
    route->allow = allow;
}

static int hex_digit(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// RFC 3986 2.1, without the query. False: malformed.
static bool decode_path(const char *target, char *out)
{
    while (*target && *target != '?') {
        if (*target != '%') {
            *out++ = *target++;
            continue;
        }
        if (hex_digit(target[1]) < 0 || hex_digit(target[2]) < 0)
            return false;
        *out = (char)(hex_digit(target[1]) << 4 | hex_digit(target[2]));
        if (*out++ == 0)
            return false;
        target += 3;
    }
    *out = 0;
    return true;
}

static void find_crl(const struct public_request *request, const char *name, struct public_route *route)
{
    size_t n = strlen(name), suffix = strlen(CRL_SUFFIX);

    if (n <= suffix || n - suffix >= sizeof(route->authority) || strcmp(name + n - suffix, CRL_SUFFIX) != 0) {
        refuse(route, STATUS_NOT_FOUND, NULL);
        return;
    }
    memcpy(route->authority, name, n - suffix);
    route->authority[n - suffix] = 0;
    if (request->verb != PUBLIC_VERB_GET && request->verb != PUBLIC_VERB_HEAD)
        refuse(route, STATUS_METHOD_NOT_ALLOWED, "GET, HEAD");
    else
        route->kind = PUBLIC_ROUTE_CRL;
}

// A SEQUENCE of a definite length (X.690 8.1.3) that is all there is; the rest is the verifier's.
static bool is_sequence(struct bytes der)
{
    size_t n, octets;

    if (der.n < 2 || der.p[0] != 0x30)
        return false;
    n = der.p[1];
    octets = n & 0x80 ? n & 0x7f : 0;
    if (octets > 2 || der.n < 2 + octets || (n & 0x80 && octets == 0))
        return false;
    if (octets)
        n = octets == 1 ? der.p[2] : (size_t)der.p[2] << 8 | der.p[3];
    return der.n == 2 + octets + n;
}

static bool decode_question(const char *text, struct public_route *route)
{
    int n = base64_decode(bytes_of_str(text), route->room);

    if (n < 0 || !is_sequence(bytes_of(route->room, (size_t)n)))
        return false;
    route->question = bytes_of(route->room, (size_t)n);
    return true;
}

// {url}/{base64}, where the URL of the certificate may have had the authority's name behind it. Base64 has slashes,
// too.
static void find_question_in_path(const char *rest, struct public_route *route)
{
    const char *slash = strchr(rest, '/');

    if (decode_question(rest, route) || (slash && decode_question(slash + 1, route)))
        route->kind = PUBLIC_ROUTE_OCSP;
    else
        refuse(route, STATUS_BAD_REQUEST, NULL);
}

static void find_ocsp(const struct public_request *request, const char *rest, struct public_route *route)
{
    switch (request->verb) {
    case PUBLIC_VERB_GET:
    case PUBLIC_VERB_HEAD:
        if (*rest)
            find_question_in_path(rest, route);
        else
            refuse(route, STATUS_METHOD_NOT_ALLOWED, "POST");
        return;
    case PUBLIC_VERB_POST:
        route->question = bytes_of(request->body, request->body_n);
        route->kind = PUBLIC_ROUTE_OCSP;
        if (strncasecmp(request->content_type, OCSP_TYPE, strlen(OCSP_TYPE)) != 0)
            refuse(route, STATUS_UNSUPPORTED_MEDIA_TYPE, NULL);
        else if (request->body_n == 0)
            refuse(route, STATUS_BAD_REQUEST, NULL);
        return;
    case PUBLIC_VERB_OTHER:
        refuse(route, STATUS_METHOD_NOT_ALLOWED, "GET, HEAD, POST");
        return;
    }
}

void public_route_find(const struct public_request *request, struct public_route *ret_route)
{
    char path[COURIER_TARGET_MAX_BYTES + 1];
    size_t crl = strlen(CRL_FOLDER), ocsp = strlen(OCSP_FOLDER);

    ret_route->allow = NULL;
    ret_route->question = bytes_of(NULL, 0);
    if (!decode_path(request->target, path))
        refuse(ret_route, STATUS_BAD_REQUEST, NULL);
    else if (strncmp(path, CRL_FOLDER, crl) == 0)
        find_crl(request, path + crl, ret_route);
    else if (strncmp(path, OCSP_FOLDER, ocsp) == 0 && (path[ocsp] == '/' || path[ocsp] == 0))
        find_ocsp(request, path[ocsp] ? path + ocsp + 1 : "", ret_route);
    else
        refuse(ret_route, STATUS_NOT_FOUND, NULL);
}
