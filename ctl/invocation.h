// One run of bhctl: what was asked for, where to print, and how to ask the gateway.
#ifndef BULKHEAD_CTL_INVOCATION_H
#define BULKHEAD_CTL_INVOCATION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <protobuf-c/protobuf-c.h>

// Exit codes; `bhctl --help` lists them.
enum exit_code {
    EXIT_OK = 0,
    EXIT_REFUSED = 1,     // the gateway refused the request, or it failed there
    EXIT_USAGE = 2,       // of bhctl, or of a file or input that it was given
    EXIT_UNREACHABLE = 3, // no api answers at the socket
};

enum output {
    OUTPUT_TABLE, // for people
    OUTPUT_JSON,  // the answer as the API gave it, with defaults
};

#define INVOCATION_ARGS_MAX    2
#define INVOCATION_OPTIONS_MAX 128

// One of the command's own options, as it was given.
struct invocation_option {
    const char *name;
    const char *value; // NULL: a flag
};

struct command;

struct invocation {
    const struct command *command;
    const char *arg[INVOCATION_ARGS_MAX];
    unsigned n_args;
    struct invocation_option option[INVOCATION_OPTIONS_MAX]; // ctl/option.h reads them
    unsigned n_options;
    const char *socket;
    enum output output;
    const char *file; // NULL: -f was not given
    unsigned timeout_s;
    bool binary;         // the answer may be long
    const char *version; // bhctl's own
    FILE *in, *out, *err;
    unsigned width; // of the terminal; 0: output may be of any width
    int64_t now_s;  // Unix time
};

// Calls METHOD ("TunnelService/ListTunnels") and reads the answer. On failure says so in one line and returns
// EXIT_REFUSED or EXIT_UNREACHABLE. The answer is the caller's: protobuf_c_message_free_unpacked(answer,
// &wiping_allocator).
enum exit_code invocation_call(const struct invocation *inv, const char *method, const ProtobufCMessage *request,
                               const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **ret_answer);
// One line on stderr: "bhctl: tunnels up office2: ...".
__attribute__((format(printf, 2, 3))) void invocation_complain(const struct invocation *inv, const char *format, ...);
// Prints the message as JSON; EXIT_REFUSED without memory.
enum exit_code invocation_print_json(const struct invocation *inv, const ProtobufCMessage *message);

#endif
