#include "esp-d/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "esp-d/esp_limits.h"
#include "esp-d/segment.h"

// Names of newer kernel headers (6.2): UDP segmentation, which is taken for both families together or not at all.
#define OFFLOAD_USO4 0x20u
#define OFFLOAD_USO6 0x40u

static int set_link(const char *name)
{
    struct ifreq request = {.ifr_mtu = ESP_TUN_MTU_BYTES};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int err = 0;

    if (fd < 0)
        return -errno;
    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    if (ioctl(fd, SIOCSIFMTU, &request) < 0)
        err = -errno;
    request.ifr_qlen = ESP_TUN_QUEUE_PKTS;
    if (!err && ioctl(fd, SIOCSIFTXQLEN, &request) < 0)
        err = -errno;
    close(fd);
    return err;
}

static int set_offloads(int fd)
{
    unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;

    if (!ioctl(fd, TUNSETOFFLOAD, offloads | OFFLOAD_USO4 | OFFLOAD_USO6))
        return 0;
    return ioctl(fd, TUNSETOFFLOAD, offloads) < 0 ? -errno : 0;
}

static int attach(int fd, const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE};

    if (strlen(name) >= sizeof(request.ifr_name))
        return -ENAMETOOLONG;
    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    return ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
}

// The device's, by any of its queues.
static int configure(int fd, const char *name, uid_t owner, gid_t group)
{
    int header_bytes = SEGMENT_VNET_BYTES, err;

    if (ioctl(fd, TUNSETVNETHDRSZ, &header_bytes) < 0 || ioctl(fd, TUNSETOWNER, (unsigned long)owner) < 0 ||
        ioctl(fd, TUNSETGROUP, (unsigned long)group) < 0 || ioctl(fd, TUNSETPERSIST, 1ul) < 0)
        return -errno;
    err = set_offloads(fd);
    return err ? err : set_link(name);
}

static int open_queue(const char *name)
{
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    int err;

    if (fd < 0)
        return -errno;
    err = attach(fd, name);
    if (err) {
        close(fd);
        return err;
    }
    return fd;
}

int tun_open(const char *name, uid_t owner, gid_t group, unsigned n, int *ret_queues)
{
    unsigned opened = 0;
    int err = 0;

    for (; opened < n && !err; opened += !err) {
        ret_queues[opened] = open_queue(name);
        err = ret_queues[opened] < 0 ? ret_queues[opened] : 0;
        if (!err && !opened)
            err = configure(ret_queues[0], name, owner, group);
    }
    while (err && opened)
        close(ret_queues[--opened]);
    return err;
}

ssize_t tun_read(int fd, uint8_t *frame, size_t size)
{
    ssize_t n = read(fd, frame, size);

    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

int tun_write(int fd, uint8_t *packet, size_t n)
{
    uint8_t *frame = packet - SEGMENT_VNET_BYTES;

    memset(frame, 0, SEGMENT_VNET_BYTES); // a whole packet with its checksum
    return write(fd, frame, n + SEGMENT_VNET_BYTES) < 0 ? -errno : 0;
}

int tun_write_pieces(int fd, const struct iovec *pieces, unsigned n)
{
    return writev(fd, pieces, (int)n) < 0 ? -errno : 0;
}
