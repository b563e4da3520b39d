#include "ctl/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/render.h"

static const struct invocation_option *find(const struct invocation *inv, const char *name)
{
    for (unsigned i = inv->n_options; i > 0; i--)
        if (strcmp(inv->option[i - 1].name, name) == 0)
            return &inv->option[i - 1];
    return NULL;
}

bool option_is_set(const struct invocation *inv, const char *name)
{
    return find(inv, name) != NULL;
}

const char *option_text(const struct invocation *inv, const char *name)
{
    const struct invocation_option *option = find(inv, name);

    return option ? option->value : NULL;
}

char *option_field(const struct invocation *inv, const char *name)
{
    const char *text = option_text(inv, name);

    return (char *)(uintptr_t)(text ? text : "");
}

bool option_number(const struct invocation *inv, const char *name, uint32_t min, uint32_t max, uint32_t *ret_number)
{
    const char *text = option_text(inv, name);
    unsigned long long number = 0;
    char *end = NULL;

    if (text) {
        number = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || *end || number < min || number > max) {
            invocation_complain(inv, "--%s \"%s\" is not a number from %u to %u", name, text, min, max);
            return false;
        }
    }
    *ret_number = (uint32_t)number;
    return true;
}

static void complain_enum(const struct invocation *inv, const char *name, const ProtobufCEnumDescriptor *descriptor)
{
    char all[512] = "", one[RENDER_TEXT_MAX];
    size_t n = 0;

    for (unsigned i = 0; i < descriptor->n_values; i++) {
        int value = descriptor->values[i].value;

        if (value == 0)
            continue;
        n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", n ? ", " : "",
                              render_enum(descriptor, (unsigned)value, one));
        if (n >= sizeof(all))
            break;
    }
    invocation_complain(inv, "--%s \"%s\" is none of %s", name, option_text(inv, name), all);
}

bool option_enum(const struct invocation *inv, const char *name, const ProtobufCEnumDescriptor *descriptor,
                 int *ret_value)
{
    const char *text = option_text(inv, name);
    char one[RENDER_TEXT_MAX];

    *ret_value = 0;
    if (!text)
        return true;
    for (unsigned i = 0; i < descriptor->n_values; i++) {
        *ret_value = descriptor->values[i].value;
        if (*ret_value && strcmp(render_enum(descriptor, (unsigned)*ret_value, one), text) == 0)
            return true;
    }
    complain_enum(inv, name, descriptor);
    return false;
}

static bool add(struct option_list *list, const char *value, size_t n)
{
    char **longer = reallocarray(list->values, list->n + 1, sizeof(*longer));

    if (!longer)
        return false;
    list->values = longer;
    longer[list->n] = strndup(value, n);
    return longer[list->n] && ++list->n;
}

static bool add_all(struct option_list *list, const char *values)
{
    for (size_t n; *values; values += n + (values[n] == ',')) {
        n = strcspn(values, ",");
        if (n && !add(list, values, n))
            return false;
    }
    return true;
}

bool option_list(const struct invocation *inv, const char *name, struct option_list *ret_list)
{
    struct option_list list = {0};

    for (unsigned i = 0; i < inv->n_options; i++)
        if (strcmp(inv->option[i].name, name) == 0 && !add_all(&list, inv->option[i].value)) {
            option_list_done(&list);
            invocation_complain(inv, "out of memory");
            return false;
        }
    *ret_list = list;
    return true;
}

void option_list_done(struct option_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->values[i]);
    free(list->values);
    *list = (struct option_list){0};
}
