#include "esp-d/cipher_cpu.h"

#include <stddef.h>
#include <stdio.h>

#ifdef __x86_64__
#include <cpuid.h>

enum { EAX, EBX, ECX, EDX };

static const struct feature {
    const char *name;
    unsigned leaf;
    unsigned word; // of EAX to EDX
    unsigned bit;
} features[] = {
    {"aes", 1, ECX, 25},        {"pclmulqdq", 1, ECX, 1}, {"ssse3", 1, ECX, 9},   {"avx", 1, ECX, 28},
    {"avx2", 7, EBX, 5},        {"avx512f", 7, EBX, 16},  {"sha_ni", 7, EBX, 29}, {"vaes", 7, ECX, 9},
    {"vpclmulqdq", 7, ECX, 10}, {"gfni", 7, ECX, 8},
};

const char *cipher_cpu_features(char out[CIPHER_CPU_TEXT_MAX])
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        const struct feature *f = &features[i];
        unsigned words[4];

        if (__get_cpuid_count(f->leaf, 0, &words[EAX], &words[EBX], &words[ECX], &words[EDX]) &&
            words[f->word] >> f->bit & 1)
            used += (size_t)snprintf(out + used, CIPHER_CPU_TEXT_MAX - used, "%s%s", used ? " " : "", f->name);
    }
    return out;
}
#else
const char *cipher_cpu_features(char out[CIPHER_CPU_TEXT_MAX])
{
    out[0] = '\0';
    return out;
}
#endif
