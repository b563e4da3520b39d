#include "launcher/capability.h"

#include <stddef.h>
#include <stdio.h>
#include <linux/capability.h>

static const struct {
    unsigned bit;
    const char *name;
} names[] = {
    {CAP_CHOWN, "CHOWN"},         {CAP_DAC_OVERRIDE, "DAC_OVERRIDE"},
    {CAP_FOWNER, "FOWNER"},       {CAP_KILL, "KILL"},
    {CAP_SETGID, "SETGID"},       {CAP_SETUID, "SETUID"},
    {CAP_SETPCAP, "SETPCAP"},     {CAP_NET_BIND_SERVICE, "NET_BIND_SERVICE"},
    {CAP_NET_ADMIN, "NET_ADMIN"}, {CAP_NET_RAW, "NET_RAW"},
};

const char *capability_format(unsigned bit, char out[CAPABILITY_TEXT_MAX])
{
    snprintf(out, CAPABILITY_TEXT_MAX, "CAP_%u", bit);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].bit == bit)
            snprintf(out, CAPABILITY_TEXT_MAX, "CAP_%s", names[i].name);
    return out;
}
