// The public's bytes: requests, where they lead, and the head of an answer. The first byte says in what pieces they
// come.
#include "api-d/courier/public_answer.h"
#include "api-d/courier/public_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(const struct public_request *request)
{
    static struct public_route route;
    char head[PUBLIC_ANSWER_HEAD_MAX];
    struct public_answer refusal;

    public_route_find(request, &route);
    if (route.kind != PUBLIC_ROUTE_REFUSED)
        return;
    refusal = (struct public_answer){.status = route.status, .allow = route.allow};
    if (public_answer_write(&refusal, 0, head) >= sizeof(head))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct public_reader reader;
    size_t piece = size ? 1u + data[0] : 1, taken;

    public_reader_reset(&reader);
    for (size_t at = 1; at < size; at += taken) {
        size_t n = size - at < piece ? size - at : piece;

        switch (public_reader_feed(&reader, bytes_of(data + at, n), &taken)) {
        case PUBLIC_READER_STATE_MORE:
            if (taken != n)
                __builtin_trap();
            break;
        case PUBLIC_READER_STATE_COMPLETE:
            answer(&reader.request);
            public_reader_reset(&reader);
            break;
        case PUBLIC_READER_STATE_FAULT:
            return 0;
        }
        if (taken == 0)
            __builtin_trap();
    }
    return 0;
}
