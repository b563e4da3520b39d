#include "lib/priv/roles.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>

#define IKE      ROLE_BIT(ROLE_IKE)
#define ESP      ROLE_BIT(ROLE_ESP)
#define PKI      ROLE_BIT(ROLE_PKI)
#define FW       ROLE_BIT(ROLE_FW)
#define API      ROLE_BIT(ROLE_API)
#define VERIFIER ROLE_BIT(ROLE_VERIFIER)
#define IMPORTER ROLE_BIT(ROLE_IMPORTER)
#define COURIER  ROLE_BIT(ROLE_COURIER)

#define CAP(name) (1ull << CAP_##name)

// Change of uid and capabilities; folders and files of other owners; the TUN and the firewall, raw sockets, sockets of
// low ports; signals to children that have changed their uid. All of it for the daemons' set-up and their stop.
#define LAUNCHER_CAPABILITIES                                                                                          \
    (CAP(SETUID) | CAP(SETGID) | CAP(SETPCAP) | CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(NET_ADMIN) |        \
     CAP(NET_RAW) | CAP(NET_BIND_SERVICE) | CAP(KILL))

// role, name, user, capabilities kept, who connects to it, whom it connects to, sockets it may make after start,
// recycled?
static const struct role_spec specs[] = {
    // clang-format off
    {ROLE_LAUNCHER, "bulkhead", "root", LAUNCHER_CAPABILITIES, 0, 0, "AF_UNIX"},
    {ROLE_IKE, "ike-d", "bulkhead-ike", 0, API, PKI | ESP | VERIFIER | COURIER, "AF_UNIX"},
    {ROLE_ESP, "esp-d", "bulkhead-esp", 0, IKE | API, 0, "none"},
    {ROLE_PKI, "pki-d", "bulkhead-pki", 0, IKE | API | VERIFIER | IMPORTER, 0, "none"},
    {ROLE_FW, "fw-d", "bulkhead-fw", CAP(NET_ADMIN), API, 0, "AF_NETLINK"},
    {ROLE_API, "api-d", "bulkhead-api", 0, 0, IKE | PKI | FW | ESP | VERIFIER | IMPORTER | COURIER, "AF_UNIX"},
    {ROLE_VERIFIER, "verifier", "bulkhead-verifier", 0, IKE | API | COURIER, PKI, "AF_UNIX", true},
    {ROLE_IMPORTER, "importer", "bulkhead-importer", 0, API, PKI, "AF_UNIX", true},
    {ROLE_COURIER, "courier", "bulkhead-courier", 0, IKE | API, VERIFIER, "AF_UNIX, AF_INET, AF_INET6", true},
    // clang-format on
};

// Who a role runs as in this process's view; set once at start.
static struct {
    uid_t uid;
    gid_t gid;
} owners[ROLE_COUNT];

const struct role_spec *role_find(enum role role)
{
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
        if (specs[i].role == role)
            return &specs[i];
    return NULL;
}

const struct role_spec *role_find_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
        if (strcmp(specs[i].name, name) == 0)
            return &specs[i];
    return NULL;
}

const char *role_name(enum role role)
{
    const struct role_spec *spec = role_find(role);

    return spec ? spec->name : "nobody";
}

static int resolve(const struct role_spec *spec, uid_t uid_base)
{
    struct passwd pw, *found = NULL;
    char room[4096];
    int r = getpwnam_r(spec->user, &pw, room, sizeof(room), &found);

    if (!found && r != 0 && r != ENOENT && r != ESRCH)
        return -r;
    owners[spec->role].uid = found ? pw.pw_uid : uid_base + (uid_t)spec->role;
    owners[spec->role].gid = found ? pw.pw_gid : uid_base + (uid_t)spec->role;
    return owners[spec->role].uid && owners[spec->role].gid ? 0 : -EINVAL;
}

// Two roles of one uid could take each other's place.
static int check_apart(void)
{
    for (int a = ROLE_LAUNCHER; a < ROLE_COUNT; a++)
        for (int b = a + 1; b < ROLE_COUNT; b++)
            if (owners[a].uid == owners[b].uid)
                return -EEXIST;
    return 0;
}

int roles_resolve(uid_t uid_base)
{
    if (uid_base == 0 || uid_base > (uid_t)INT32_MAX)
        return -EINVAL;
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        int r = specs[i].role == ROLE_LAUNCHER ? 0 : resolve(&specs[i], uid_base);

        if (r < 0)
            return r;
    }
    return check_apart();
}

uint32_t roles_recycled(void)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++)
        bits |= specs[i].is_recycled ? ROLE_BIT(specs[i].role) : 0;
    return bits;
}

uid_t role_uid(enum role role)
{
    return role > ROLE_NONE && role < ROLE_COUNT ? owners[role].uid : (uid_t)-1;
}

gid_t role_gid(enum role role)
{
    return role > ROLE_NONE && role < ROLE_COUNT ? owners[role].gid : (gid_t)-1;
}

int role_socket_path(const char *run_dir, const struct role_edge *edge, char *out, size_t out_size)
{
    int n = snprintf(out, out_size, "%s/%s/%s.sock", run_dir, role_name(edge->server), role_name(edge->caller));

    return n < 0 || (size_t)n >= out_size ? -ENAMETOOLONG : 0;
}
