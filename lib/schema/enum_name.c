#include "lib/schema/enum_name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

size_t enum_name_prefix(const ProtobufCEnumDescriptor *descriptor)
{
    size_t n = 1; // the underscore behind it

    for (const char *p = descriptor->short_name; *p; p++)
        n += 1u + (p != descriptor->short_name && isupper((unsigned char)*p));
    for (unsigned i = 0; i < descriptor->n_values; i++)
        if (strlen(descriptor->values[i].name) <= n || descriptor->values[i].name[n - 1] != '_')
            return 0;
    return n;
}

const char *enum_name_full(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);

    return found ? found->name : NULL;
}

char *enum_name_short(const ProtobufCEnumDescriptor *descriptor, int value, char *out, size_t out_size)
{
    const char *name = enum_name_full(descriptor, value);

    if (!name) {
        snprintf(out, out_size, "%d", value);
        return out;
    }
    snprintf(out, out_size, "%s", name + enum_name_prefix(descriptor));
    for (char *p = out; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return out;
}
