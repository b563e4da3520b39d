// fw-d, pki-d and ike-d as api-d sees them, in one process over real edges: they note what they are told, in order, and
// refuse when the test wants them to.
#ifndef BULKHEAD_TESTS_UNIT_API_D_DAEMONS_H
#define BULKHEAD_TESTS_UNIT_API_D_DAEMONS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/ipc/node.h"
#include "lib/priv/roles.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

struct daemons {
    uv_loop_t loop;
    char folder[64];
    struct ipc_node *api;
    struct ipc_node *nodes[ROLE_COUNT]; // NULL: away
    bool refuses[ROLE_COUNT];
    char told[1024]; // "fw1 pki1 ike1 ": who got a whole configuration of how many policies, bindings, tunnels
    uint64_t generation[ROLE_COUNT];
    char *secrets[2];
    size_t secrets_n;
    void (*on_peer)(void *arg, enum role role, bool up);
    void *arg;
};

static struct daemons daemons;

static inline uid_t daemons_uid(enum role role)
{
    (void)role;
    return getuid();
}

static inline void daemons_note(struct ipc_request *request, enum role role, uint64_t generation, size_t n)
{
    const Bulkhead__Internal__V1__Empty empty = BULKHEAD__INTERNAL__V1__EMPTY__INIT;
    size_t used = strlen(daemons.told);

    ck_assert_uint_ge(generation, daemons.generation[role]);
    daemons.generation[role] = generation;
    if (daemons.refuses[role]) {
        snprintf(daemons.told + used, sizeof(daemons.told) - used, "%s! ", role_name(role));
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL, "not today");
        return;
    }
    snprintf(daemons.told + used, sizeof(daemons.told) - used, "%s%zu ", role_name(role), n);
    ipc_request_reply(request, &empty.base);
}

static inline void daemons_on_fw(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__FwConfigureRequest *r = (const void *)message;

    (void)arg;
    daemons_note(request, ROLE_FW, r->generation, r->n_policies);
}

static inline void daemons_on_pki(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiBindTunnelsRequest *r = (const void *)message;

    (void)arg;
    daemons_note(request, ROLE_PKI, r->generation, r->n_bindings);
}

static inline void daemons_on_ike(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__IkeConfigureRequest *r = (const void *)message;

    (void)arg;
    daemons_note(request, ROLE_IKE, r->generation, r->n_tunnels);
}

// One name a page, so that paging is in use.
static inline void daemons_on_secrets(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiListSecretsRequest *r = (const void *)message;
    Bulkhead__Internal__V1__PkiListSecretsResponse response = BULKHEAD__INTERNAL__V1__PKI_LIST_SECRETS_RESPONSE__INIT;
    size_t next = 0;

    (void)arg;
    while (next < daemons.secrets_n && strcmp(daemons.secrets[next], r->after) <= 0)
        next++;
    response.names = &daemons.secrets[next];
    response.n_names = next < daemons.secrets_n;
    response.more = next + 1 < daemons.secrets_n;
    ipc_request_reply(request, &response.base);
}

// Only those whose name begins with "stored" are there.
static inline void daemons_on_certificate(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetCertificateRequest *r = (const void *)message;
    const Bulkhead__Internal__V1__PkiGetCertificateResponse response =
        BULKHEAD__INTERNAL__V1__PKI_GET_CERTIFICATE_RESPONSE__INIT;

    (void)arg;
    if (strncmp(r->request->name, "stored", strlen("stored")) != 0)
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_NOT_FOUND, "none of that name");
    else
        ipc_request_reply(request, &response.base);
}

static inline struct ipc_node *daemons_node(enum role role, const struct ipc_handler *handlers,
                                            void (*on_peer)(void *arg, enum role role, bool up))
{
    const struct ipc_node_config config = {.loop = &daemons.loop,
                                           .self = role,
                                           .methods = ipc_methods,
                                           .uid_of_role = daemons_uid,
                                           .name_of_role = role_name,
                                           .handlers = handlers,
                                           .on_peer = on_peer};

    return ipc_node_new(&config);
}

static inline void daemons_path(enum role role, char *out, size_t n)
{
    snprintf(out, n, "%s/%s.sock", daemons.folder, role_name(role));
}

static inline void daemons_serve(enum role role, const struct ipc_handler *handlers)
{
    char path[128];
    int fd;

    daemons_path(role, path, sizeof(path));
    fd = ipc_bind(path);
    ck_assert_int_ge(fd, 0);
    daemons.nodes[role] = daemons_node(role, handlers, NULL);
    ck_assert_int_eq(ipc_node_listen(daemons.nodes[role], fd, ROLE_API), 0);
}

static inline void daemons_start(enum role role)
{
    static const struct ipc_handler fw[] = {{METHOD(FW_CONFIGURE), daemons_on_fw}, {0}};
    static const struct ipc_handler pki[] = {{METHOD(PKI_BIND_TUNNELS), daemons_on_pki},
                                             {METHOD(PKI_LIST_SECRETS), daemons_on_secrets},
                                             {METHOD(PKI_GET_CERTIFICATE), daemons_on_certificate},
                                             {0}};
    static const struct ipc_handler ike[] = {{METHOD(IKE_CONFIGURE), daemons_on_ike}, {0}};

    daemons_serve(role, role == ROLE_FW ? fw : role == ROLE_PKI ? pki : ike);
}

static inline void daemons_kill(enum role role)
{
    char path[128];

    daemons_path(role, path, sizeof(path));
    unlink(path);
    ipc_node_free(daemons.nodes[role]);
    daemons.nodes[role] = NULL;
}

static inline void daemons_on_peer(void *arg, enum role role, bool up)
{
    (void)arg;
    if (daemons.on_peer)
        daemons.on_peer(daemons.arg, role, up);
}

static inline void daemons_on_timer(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

// Lets the loop run that long.
static inline void daemons_pass(unsigned ms)
{
    static uv_timer_t timer;

    uv_update_time(&daemons.loop);
    uv_timer_init(&daemons.loop, &timer);
    uv_timer_start(&timer, daemons_on_timer, ms, 0);
    uv_run(&daemons.loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&daemons.loop, UV_RUN_NOWAIT);
}

// Waits until exactly this was told, and forgets it.
static inline void daemons_expect(const char *told)
{
    for (unsigned i = 0; i < 300 && strlen(daemons.told) < strlen(told); i++)
        daemons_pass(10);
    daemons_pass(20); // nothing more comes
    ck_assert_str_eq(daemons.told, told);
    daemons.told[0] = 0;
}

static inline void daemons_open(void)
{
    static const struct ipc_handler none[] = {{0}};
    static const enum role roles[] = {ROLE_FW, ROLE_PKI, ROLE_IKE};
    char path[128];

    memset(&daemons, 0, sizeof(daemons));
    log_init("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    strcpy(daemons.folder, "/tmp/bulkhead-api-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(daemons.folder));
    ck_assert_int_eq(uv_loop_init(&daemons.loop), 0);
    daemons.api = daemons_node(ROLE_API, none, daemons_on_peer);
    for (size_t i = 0; i < 3; i++) {
        daemons_path(roles[i], path, sizeof(path));
        ck_assert_int_eq(ipc_node_link(daemons.api, roles[i], path), 0);
    }
}

static inline void daemons_close(void)
{
    char command[128];

    ipc_node_free(daemons.api);
    for (int role = 0; role < ROLE_COUNT; role++)
        if (daemons.nodes[role])
            daemons_kill((enum role)role);
    uv_run(&daemons.loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&daemons.loop), 0); // no handle is left behind
    snprintf(command, sizeof(command), "rm -rf '%s'", daemons.folder);
    ck_assert_int_eq(system(command), 0);
}

#endif
