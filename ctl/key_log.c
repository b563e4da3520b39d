// bhctl tunnels keylog.
#include "ctl/command.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "lib/schema/wellknown.h"
#include "lib/schema/wiping.h"

#define POLL_MS 300

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
    (void)signal;
    interrupted = 1;
}

// Ctrl-C switches the log off in the gateway, too.
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static enum exit_code start(const struct invocation *inv)
{
    Bulkhead__V1__StartKeyLogRequest request = BULKHEAD__V1__START_KEY_LOG_REQUEST__INIT;
    Google__Protobuf__Duration duration = GOOGLE__PROTOBUF__DURATION__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    request.tunnel = (char *)inv->arg[0];
    if (inv->n_args > 1) {
        if (wellknown_parse_duration(inv->arg[1], &duration) < 0) {
            invocation_complain(inv, "\"%s\" is no duration; 90s, 10m or 1h would be", inv->arg[1]);
            return EXIT_USAGE;
        }
        request.duration = &duration;
    }
    code = invocation_call(inv, "TunnelService/StartKeyLog", &request.base,
                           &bulkhead__v1__start_key_log_response__descriptor, &message);
    if (code == EXIT_OK)
        protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

static enum exit_code stop(const struct invocation *inv)
{
    Bulkhead__V1__StopKeyLogRequest request = BULKHEAD__V1__STOP_KEY_LOG_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    request.tunnel = (char *)inv->arg[0];
    code = invocation_call(inv, "TunnelService/StopKeyLog", &request.base,
                           &bulkhead__v1__stop_key_log_response__descriptor, &message);
    if (code == EXIT_OK)
        protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

// Prints what is new. *ret_on: the log is still on, and somebody still reads.
static enum exit_code print_new(const struct invocation *inv, uint64_t *last, bool *ret_on)
{
    Bulkhead__V1__ReadKeyLogRequest request = BULKHEAD__V1__READ_KEY_LOG_REQUEST__INIT;
    const Bulkhead__V1__ReadKeyLogResponse *answer;
    ProtobufCMessage *message;
    enum exit_code code;

    request.tunnel = (char *)inv->arg[0];
    request.after = *last;
    code = invocation_call(inv, "TunnelService/ReadKeyLog", &request.base,
                           &bulkhead__v1__read_key_log_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__ReadKeyLogResponse *)message;
    for (size_t i = 0; i < answer->n_lines; i++)
        fprintf(inv->out, "%s\n", answer->lines[i]);
    *ret_on = fflush(inv->out) == 0 && answer->ends;
    *last = answer->last > *last ? answer->last : *last;
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return EXIT_OK;
}

enum exit_code tunnels_keylog(const struct invocation *inv)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    uint64_t last = 0;
    bool on = true;
    enum exit_code code = start(inv);

    if (code != EXIT_OK)
        return code;
    setvbuf(inv->out, NULL, _IOLBF, 0);
    fprintf(inv->err,
            "bhctl: the keys of this tunnel's IKE SAs follow. Who has them can read its IKE messages: keep them where "
            "nobody else reads, and delete them afterwards.\n");
    catch_signals();
    while (code == EXIT_OK && on && !interrupted) {
        code = print_new(inv, &last, &on);
        if (code == EXIT_OK && on && !interrupted)
            nanosleep(&pause, NULL);
    }
    if (interrupted && code == EXIT_OK)
        code = print_new(inv, &last, &on);
    return code == EXIT_OK ? stop(inv) : code;
}
