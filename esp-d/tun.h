// The TUN device: whole IP packets with a virtio-net header in front, so that the kernel hands over and takes
// super-packets.
#ifndef BULKHEAD_ESP_TUN_H
#define BULKHEAD_ESP_TUN_H

#include <sys/types.h>
#include <sys/uio.h>

#include "lib/core/bytes.h"

// Makes it, or attaches to the one that stood on: persistent, owned by `owner` (or any local user could attach a
// queue), with checksum and segmentation offloads and the MTU of esp_limits.h. Needs CAP_NET_ADMIN. `n` queues, among
// which the kernel spreads flows, each to where its answers came from: non-blocking descriptors. 0 or -errno.
int tun_open(const char *name, uid_t owner, gid_t group, unsigned n, int *ret_queues);
// One frame, virtio-net header first. Its bytes, 0 when there is none, or -errno.
ssize_t tun_read(int fd, uint8_t *frame, size_t size);
// Writes a packet whose SEGMENT_VNET_BYTES bytes in front may be overwritten. 0 or -errno.
int tun_write(int fd, uint8_t *packet, size_t n);
// Writes one frame, virtio-net header first, in pieces. 0 or -errno.
int tun_write_pieces(int fd, const struct iovec *pieces, unsigned n);

#endif
