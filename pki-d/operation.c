#include "pki-d/operation.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "pki-d/store_audit.h"

int operation_refuse(struct operation *op, uint32_t code, const char *format, ...)
{
    va_list arguments;

    if (op->code)
        return -EINVAL;
    op->code = code;
    va_start(arguments, format);
    vsnprintf(op->text, sizeof(op->text), format, arguments);
    va_end(arguments);
    return -EINVAL;
}

int operation_audit(struct operation *op, const char *verb, const char *object, const char *detail)
{
    const struct store_audit record = {
        .time = op->now, .actor = op->actor, .operation = verb, .object = object, .detail = detail};

    return store_audit_add(op->store, &record);
}
