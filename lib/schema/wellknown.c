#include "lib/schema/wellknown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMESTAMP_MIN_S (-62135596800) // 0001-01-01T00:00:00Z
#define TIMESTAMP_MAX_S 253402300799   // 9999-12-31T23:59:59Z
#define DURATION_MAX_S  315576000000
#define NANOS_A_SECOND  1000000000

// "", ".5", ".250" ... into out: 0, 3, 6 or 9 decimals.
static const char *format_nanos(int32_t nanos, char out[16])
{
    out[0] = '\0';
    if (nanos % 1000)
        snprintf(out, 16, ".%09d", nanos);
    else if (nanos % 1000000)
        snprintf(out, 16, ".%06d", nanos / 1000);
    else if (nanos)
        snprintf(out, 16, ".%03d", nanos / 1000000);
    return out;
}

// The digits behind a point, at most nine; advances *text.
static int parse_nanos(const char **text, int32_t *ret_nanos)
{
    int32_t nanos = 0, unit = NANOS_A_SECOND;
    const char *p = *text;

    for (; *p >= '0' && *p <= '9' && unit > 1; p++) {
        unit /= 10;
        nanos += (*p - '0') * unit;
    }
    if (p == *text || (*p >= '0' && *p <= '9'))
        return -EINVAL;
    *text = p;
    *ret_nanos = nanos;
    return 0;
}

bool wellknown_format_timestamp(const Google__Protobuf__Timestamp *t, char out[WELLKNOWN_TEXT_MAX])
{
    time_t seconds = (time_t)t->seconds;
    char nanos[16];
    struct tm tm;

    if (t->seconds < TIMESTAMP_MIN_S || t->seconds > TIMESTAMP_MAX_S || t->nanos < 0 || t->nanos >= NANOS_A_SECOND ||
        !gmtime_r(&seconds, &tm))
        return false;
    snprintf(out, WELLKNOWN_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
             tm.tm_hour, tm.tm_min, tm.tm_sec, format_nanos(t->nanos, nanos));
    return true;
}

// Exactly n digits and then `end` (NUL: whatever comes); advances *text.
static int parse_digits(const char **text, unsigned n, char end, int *ret_value)
{
    int value = 0;

    for (; n > 0; n--, (*text)++) {
        if (**text < '0' || **text > '9')
            return -EINVAL;
        value = value * 10 + (**text - '0');
    }
    if (end && *(*text)++ != end)
        return -EINVAL;
    *ret_value = value;
    return 0;
}

// "Z", "+02:00": seconds east of Greenwich.
static int parse_offset(const char *text, int64_t *ret_offset_s)
{
    int hours, minutes, sign = *text == '-' ? -1 : 1;

    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *ret_offset_s = 0;
        return 0;
    }
    if (*text != '+' && *text != '-')
        return -EINVAL;
    text++;
    if (parse_digits(&text, 2, ':', &hours) < 0 || parse_digits(&text, 2, '\0', &minutes) < 0 || *text || hours > 23 ||
        minutes > 59)
        return -EINVAL;
    *ret_offset_s = sign * (hours * 3600 + minutes * 60);
    return 0;
}

int wellknown_parse_timestamp(const char *text, Google__Protobuf__Timestamp *ret_timestamp)
{
    struct tm tm = {0}, checked;
    int32_t nanos = 0;
    int64_t offset_s, seconds;

    if (parse_digits(&text, 4, '-', &tm.tm_year) < 0 || parse_digits(&text, 2, '-', &tm.tm_mon) < 0 ||
        parse_digits(&text, 2, '\0', &tm.tm_mday) < 0 || (*text != 'T' && *text != 't'))
        return -EINVAL;
    text++;
    if (parse_digits(&text, 2, ':', &tm.tm_hour) < 0 || parse_digits(&text, 2, ':', &tm.tm_min) < 0 ||
        parse_digits(&text, 2, '\0', &tm.tm_sec) < 0)
        return -EINVAL;
    if (*text == '.') {
        text++;
        if (parse_nanos(&text, &nanos) < 0)
            return -EINVAL;
    }
    if (parse_offset(text, &offset_s) < 0)
        return -EINVAL;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    checked = tm;
    seconds = timegm(&checked);
    if (checked.tm_mon != tm.tm_mon || checked.tm_mday != tm.tm_mday || checked.tm_hour != tm.tm_hour ||
        checked.tm_min != tm.tm_min || checked.tm_sec != tm.tm_sec) // the 31st of June
        return -EINVAL;
    if (seconds - offset_s < TIMESTAMP_MIN_S || seconds - offset_s > TIMESTAMP_MAX_S)
        return -EINVAL;
    ret_timestamp->seconds = seconds - offset_s;
    ret_timestamp->nanos = nanos;
    return 0;
}

bool wellknown_format_duration(const Google__Protobuf__Duration *d, char out[WELLKNOWN_TEXT_MAX])
{
    bool negative = d->seconds < 0 || d->nanos < 0;
    char nanos[16];

    if ((d->seconds < 0 && d->nanos > 0) || (d->seconds > 0 && d->nanos < 0) || llabs(d->seconds) > DURATION_MAX_S ||
        d->nanos <= -NANOS_A_SECOND || d->nanos >= NANOS_A_SECOND)
        return false;
    snprintf(out, WELLKNOWN_TEXT_MAX, "%s%lld%ss", negative ? "-" : "", llabs(d->seconds),
             format_nanos(abs(d->nanos), nanos));
    return true;
}

static const struct {
    const char *name;
    int64_t nanos;
} units[] = {
    {"s", NANOS_A_SECOND},           {"ms", 1000000}, {"m", 60LL * NANOS_A_SECOND}, {"h", 3600LL * NANOS_A_SECOND},
    {"d", 86400LL * NANOS_A_SECOND},
};

// The unit's length, 0 when there is none of that name.
static int64_t unit_nanos(const char *name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(name, units[i].name) == 0)
            return units[i].nanos;
    return 0;
}

int wellknown_parse_duration(const char *text, Google__Protobuf__Duration *ret_duration)
{
    int64_t sign = *text == '-' ? -1 : 1, whole = 0, unit;
    int32_t fraction = 0; // thousand-millionths of the unit
    const char *start;
    __int128 nanos;

    start = text += *text == '-';
    for (; *text >= '0' && *text <= '9' && text - start < 12; text++)
        whole = whole * 10 + (*text - '0');
    if (text == start)
        return -EINVAL;
    if (*text == '.') {
        text++;
        if (parse_nanos(&text, &fraction) < 0)
            return -EINVAL;
    }
    unit = unit_nanos(text);
    if (unit == 0)
        return -EINVAL;
    nanos = (__int128)whole * unit + (__int128)fraction * unit / NANOS_A_SECOND;
    if (nanos > (__int128)DURATION_MAX_S * NANOS_A_SECOND)
        return -EINVAL;
    ret_duration->seconds = sign * (int64_t)(nanos / NANOS_A_SECOND);
    ret_duration->nanos = (int32_t)(sign * (int64_t)(nanos % NANOS_A_SECOND));
    return 0;
}
