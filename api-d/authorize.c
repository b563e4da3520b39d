#include "api-d/authorize.h"

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>

#define GROUPS_MAX 256u

gid_t authorize_find_group(void)
{
    const struct group *group = getgrnam(AUTHORIZE_GROUP);

    return group ? group->gr_gid : 0;
}

// Supplementary groups of the client, as they were when it connected.
static bool is_member(int fd, gid_t gid)
{
    gid_t groups[GROUPS_MAX];
    socklen_t size = sizeof(groups);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
        return false;
    for (size_t i = 0; i < size / sizeof(groups[0]); i++)
        if (groups[i] == gid)
            return true;
    return false;
}

int authorize_client(int fd, gid_t admin_gid, struct exchange_client *ret_client)
{
    struct ucred ucred;
    socklen_t size = sizeof(ucred);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &size) < 0)
        return -errno;
    ret_client->uid = ucred.uid;
    ret_client->admin = ucred.uid == 0 || (admin_gid && (ucred.gid == admin_gid || is_member(fd, admin_gid)));
    return 0;
}
