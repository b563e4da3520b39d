// Runs a command of bhctl against a server that answers one call with what the test says.
#ifndef BULKHEAD_TESTS_UNIT_CTL_SERVER_H
#define BULKHEAD_TESTS_UNIT_CTL_SERVER_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/arguments.h"
#include "ctl/command.h"
#include "lib/schema/wiping.h"
#include "tests/unit/lib/run.h"

static char server_folder[] = "/tmp/bhctl-XXXXXX", server_path[64];

struct server {
    int fd;
    const char *answer; // NULL: closes without one
    char request[8192];
};

// Reads one request (head and Content-Length), answers, closes.
static inline void *serve(void *arg)
{
    struct server *server = arg;
    int fd = accept(server->fd, NULL, NULL);
    size_t n = 0, wanted = sizeof(server->request) - 1;

    while (n < wanted) {
        ssize_t r = read(fd, server->request + n, wanted - n);
        char *length, *body;

        if (r <= 0)
            break;
        n += (size_t)r;
        body = strstr(server->request, "\r\n\r\n");
        length = strstr(server->request, "Content-Length: ");
        if (body && length)
            wanted = (size_t)(body + 4 - server->request) + strtoul(length + 16, NULL, 10);
    }
    if (fd >= 0 && server->answer)
        ck_assert_int_eq(write(fd, server->answer, strlen(server->answer)), (ssize_t)strlen(server->answer));
    if (fd >= 0)
        close(fd);
    return NULL;
}

struct run {
    enum exit_code code;
    char *out, *err;
    char request[8192];
};

static inline void run_command(struct run *run, const char *answer, const char *input, char **argv, int argc)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    static struct server server;
    struct invocation inv = {.version = "1.2.3", .now_s = 1795442056};
    size_t out_n, err_n;
    pthread_t thread;
    FILE *in = tmpfile();

    memset(&server, 0, sizeof(server));
    server.answer = answer;
    strcpy(address.sun_path, server_path);
    unlink(server_path);
    server.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(server.fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(server.fd, 1), 0);
    pthread_create(&thread, NULL, serve, &server);
    fputs(input, in);
    rewind(in);
    inv.in = in;
    inv.out = open_memstream(&run->out, &out_n);
    inv.err = open_memstream(&run->err, &err_n);
    ck_assert(arguments_parse(argc, argv, &inv, &run->code));
    inv.socket = server_path;
    run->code = inv.command->run(&inv);
    fclose(inv.out);
    fclose(inv.err);
    fclose(in);
    shutdown(server.fd, SHUT_RDWR); // it may not have called at all
    pthread_join(thread, NULL);
    close(server.fd);
    strcpy(run->request, server.request);
}

#define RUN(run, answer, input, ...)                                                                                   \
    run_command((run), (answer), (input), (char *[]){"bhctl", __VA_ARGS__, NULL},                                      \
                (int)RUN_COUNT(((char *[]){"bhctl", __VA_ARGS__})))

static inline void done(struct run *run)
{
    free(run->out);
    free(run->err);
}

// Runs the tests with a folder for the socket; main's exit code.
static inline int server_run_tests(const char *name, const TTest *const *tests, size_t n)
{
    int code;

    wiping_use_for_json();
    if (!mkdtemp(server_folder))
        return EXIT_FAILURE;
    snprintf(server_path, sizeof(server_path), "%s/api.sock", server_folder);
    code = run_tests(name, tests, n);
    unlink(server_path);
    rmdir(server_folder);
    return code;
}

#endif
