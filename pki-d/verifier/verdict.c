#include "pki-d/verifier/verdict.h"

#include <stdarg.h>
#include <stdio.h>

bool verdict_refuse(struct verdict *verdict, Bulkhead__Internal__V1__VerifierVerdict code, const char *format, ...)
{
    va_list args;

    verdict->code = code;
    va_start(args, format);
    vsnprintf(verdict->reason, sizeof(verdict->reason), format, args);
    va_end(args);
    return false;
}
