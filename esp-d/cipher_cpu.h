// What this CPU has for ciphers, for people who wonder about the speed.
#ifndef BULKHEAD_ESP_CIPHER_CPU_H
#define BULKHEAD_ESP_CIPHER_CPU_H

#define CIPHER_CPU_TEXT_MAX 128u

// Names as in /proc/cpuinfo, "aes avx2 vaes"; "" on a machine that is not x86-64. Into out; returns out.
const char *cipher_cpu_features(char out[CIPHER_CPU_TEXT_MAX]);

#endif
