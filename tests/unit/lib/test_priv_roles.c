// The role table and the permission table agree with each other and with the schema.
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <bulkhead/internal/v1/ipc.pb-c.h>

#include "lib/priv/roles.h"
#include "tests/unit/lib/run.h"

static bool is_edge(enum role caller, enum role server)
{
    const struct role_spec *a = role_find(caller), *b = role_find(server);

    return (a->links & ROLE_BIT(server) && b->serves & ROLE_BIT(caller)) ||
           (b->links & ROLE_BIT(caller) && a->serves & ROLE_BIT(server));
}

START_TEST(links_have_two_ends)
{
    for (enum role a = ROLE_LAUNCHER; a < ROLE_COUNT; a++) {
        for (enum role b = ROLE_LAUNCHER; b < ROLE_COUNT; b++) {
            bool out = role_find(a)->links & ROLE_BIT(b), in = role_find(b)->serves & ROLE_BIT(a);

            ck_assert_msg(out == in, "%s and %s", role_name(a), role_name(b));
            ck_assert(!(out && role_find(b)->links & ROLE_BIT(a))); // one connection a pair
        }
    }
}
END_TEST

START_TEST(every_method_of_the_schema_stands_once)
{
    const ProtobufCEnumDescriptor *methods = &bulkhead__internal__v1__method__descriptor;
    unsigned count = 0;

    for (unsigned i = 0; i < methods->n_values; i++) {
        uint32_t id = (uint32_t)methods->values[i].value;

        ck_assert_msg(!id || ipc_method_find(ipc_methods, id), "%s has no entry", methods->values[i].name);
    }
    for (const struct ipc_method *m = ipc_methods; m->id; m++, count++) {
        ck_assert_msg(ipc_method_find(ipc_methods, m->id) == m, "%s stands twice", m->name);
        ck_assert_ptr_nonnull(protobuf_c_enum_descriptor_get_value(methods, (int)m->id));
    }
    ck_assert_uint_eq(count + 1, methods->n_values);
}
END_TEST

START_TEST(every_method_runs_along_an_edge)
{
    for (const struct ipc_method *m = ipc_methods; m->id; m++) {
        ck_assert_msg(m->callers != 0, "%s has no caller", m->name);
        ck_assert_ptr_nonnull(m->request);
        ck_assert_msg((m->response != NULL) == (m->deadline_ms != 0), "%s: deadline", m->name);
        ck_assert_uint_eq(m->fds, 0);
        for (enum role role = ROLE_NONE; role < ROLE_COUNT; role++)
            ck_assert_msg(!(m->callers & ROLE_BIT(role)) || is_edge(role, m->server), "%s from %s", m->name,
                          role_name(role));
    }
}
END_TEST

// What the design promises about who can do what.
START_TEST(the_table_keeps_its_promises)
{
    ck_assert_uint_eq(role_find(ROLE_FW)->capabilities, 1ull << 12); // CAP_NET_ADMIN
    for (enum role role = ROLE_IKE; role < ROLE_COUNT; role++)
        ck_assert(role == ROLE_FW || role_find(role)->capabilities == 0);
    ck_assert(!(role_find(ROLE_LAUNCHER)->capabilities & 1ull << 21)); // CAP_SYS_ADMIN
    ck_assert(!(role_find(ROLE_LAUNCHER)->capabilities & 1ull << 19)); // CAP_SYS_PTRACE
    for (const struct ipc_method *m = ipc_methods; m->id; m++) {
        if (m->server == ROLE_FW) // nothing that ike-d or esp-d sends changes protection
            ck_assert_uint_eq(m->callers, ROLE_BIT(ROLE_API));
        if (strncmp(m->name, "PkiSet", 6) == 0 || strncmp(m->name, "PkiDelete", 9) == 0)
            ck_assert_uint_eq(m->callers, ROLE_BIT(ROLE_API));
        if (strcmp(m->name, "EspInstallSa") == 0)
            ck_assert_uint_eq(m->callers, ROLE_BIT(ROLE_IKE));
    }
}
END_TEST

START_TEST(resolves_users)
{
    const struct role_edge edge = {.server = ROLE_PKI, .caller = ROLE_IKE};
    char path[32];

    ck_assert_int_eq(roles_resolve(0), -EINVAL);
    ck_assert_int_eq(roles_resolve((uid_t)-3), -EINVAL);
    ck_assert_int_eq(roles_resolve(61000), 0);
    ck_assert_uint_eq(role_uid(ROLE_LAUNCHER), 0);
    for (enum role a = ROLE_IKE; a < ROLE_COUNT; a++) {
        ck_assert_uint_ne(role_uid(a), 0);
        ck_assert_uint_ne(role_gid(a), 0);
        for (enum role b = ROLE_LAUNCHER; b < a; b++)
            ck_assert_uint_ne(role_uid(a), role_uid(b));
        ck_assert_ptr_eq(role_find_by_name(role_name(a)), role_find(a));
    }
    ck_assert_uint_eq(role_uid(ROLE_NONE), (uid_t)-1);
    ck_assert_uint_eq(role_uid(ROLE_COUNT), (uid_t)-1);
    ck_assert_ptr_null(role_find_by_name("telnet-d"));
    ck_assert_int_eq(role_socket_path("/run/x", &edge, path, sizeof(path)), 0);
    ck_assert_str_eq(path, "/run/x/pki-d/ike-d.sock");
    ck_assert_int_eq(role_socket_path("/run/far/too/long", &edge, path, sizeof(path)), -ENAMETOOLONG);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {links_have_two_ends, every_method_of_the_schema_stands_once,
                            every_method_runs_along_an_edge, the_table_keeps_its_promises, resolves_users};

    return run_tests("priv_roles", tests, RUN_COUNT(tests));
}
