#include "ctl/render.h"

#include <string.h>

#include "lib/schema/enum_name.h"
#include "lib/schema/wellknown.h"

#define FIELD_COLUMN 18

static int is_control(unsigned char c)
{
    return c < ' ' || c == 0x7f;
}

// U+0080 - U+009f, the other control characters, are 0xc2 0x80-0x9f in UTF-8.
static int is_c1(const char *text)
{
    return (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
}

void render_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            fputs("\\n", out);
        else if (is_control((unsigned char)*text))
            fprintf(out, "\\x%02x", (unsigned char)*text);
        else if (is_c1(text))
            fprintf(out, "\\u00%02x", (unsigned char)*++text);
        else
            fputc(*text, out);
}

char *render_cell(const char *text, char *out, size_t out_size)
{
    FILE *f;

    if (!text || !*text) {
        snprintf(out, out_size, "-");
        return out;
    }
    out[0] = '\0';
    f = fmemopen(out, out_size, "w");
    if (f) {
        setbuf(f, NULL);
        render_text(f, text);
        fclose(f);
    }
    out[out_size - 1] = '\0';
    return out;
}

char *render_bytes(uint64_t bytes, char out[RENDER_TEXT_MAX])
{
    static const char units[] = "kMGTPE";
    uint64_t tenths = bytes;
    int unit = -1;

    if (bytes < 1000) {
        snprintf(out, RENDER_TEXT_MAX, "%u", (unsigned)bytes);
        return out;
    }
    for (tenths = bytes / 100, unit = 0; tenths >= 10000; tenths /= 1000)
        unit++;
    if (tenths < 100)
        snprintf(out, RENDER_TEXT_MAX, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[unit]);
    else
        snprintf(out, RENDER_TEXT_MAX, "%u%c", (unsigned)(tenths / 10), units[unit]);
    return out;
}

char *render_age(const Google__Protobuf__Timestamp *t, int64_t now_s, char out[RENDER_TEXT_MAX])
{
    long long s;

    if (!t) {
        snprintf(out, RENDER_TEXT_MAX, "-");
        return out;
    }
    s = now_s > t->seconds ? now_s - t->seconds : t->seconds - now_s;
    if (s < 60)
        snprintf(out, RENDER_TEXT_MAX, "%llds", s);
    else if (s < 3600)
        snprintf(out, RENDER_TEXT_MAX, "%lldm", s / 60);
    else if (s < 86400)
        snprintf(out, RENDER_TEXT_MAX, "%lldh%lldm", s / 3600, s / 60 % 60);
    else
        snprintf(out, RENDER_TEXT_MAX, "%lldd%lldh", s / 86400, s / 3600 % 24);
    return out;
}

char *render_time(const Google__Protobuf__Timestamp *t, char out[RENDER_TEXT_MAX])
{
    if (!t || !wellknown_format_timestamp(t, out))
        snprintf(out, RENDER_TEXT_MAX, "-");
    return out;
}

char *render_enum(const ProtobufCEnumDescriptor *descriptor, unsigned value, char out[RENDER_TEXT_MAX])
{
    enum_name_short(descriptor, (int)value, out, RENDER_TEXT_MAX);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
    return out;
}

void render_field(FILE *out, int indent, const char *name, const char *text)
{
    int n;

    if (!text || !*text)
        return;
    n = fprintf(out, "%*s%s:", indent, "", name);
    fprintf(out, "%*s", n < FIELD_COLUMN ? FIELD_COLUMN - n : 1, "");
    render_text(out, text);
    fputc('\n', out);
}
