"""Stands in for both esp-ds and what is between them: joins the TUNs of two network namespaces.

tun_relay.py NETNS-A NETNS-B TUN-NAME

Packets read from one TUN are written to the other as they are. "ready" on standard output when both are open.
"""
import ctypes
import fcntl
import os
import select
import struct
import sys

CLONE_NEWNET = 0x40000000
TUNSETIFF, TUNSETPERSIST = 0x400454CA, 0x400454CB
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
libc = ctypes.CDLL(None, use_errno=True)


def open_tun(namespace, name):
    with open(namespace) as ns:
        if libc.setns(ns.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), namespace)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    fcntl.ioctl(fd, TUNSETPERSIST, 1)
    return fd


def copy(source, target):
    try:
        packet = os.read(source, 65536)
    except BlockingIOError:
        return
    try:
        os.write(target, packet)
    except OSError:  # the other end is down
        pass


def main():
    fds = [open_tun(namespace, sys.argv[3]) for namespace in sys.argv[1:3]]
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    print("ready", flush=True)
    while True:
        for fd, events in poll.poll():
            if events & ~select.POLLIN:
                sys.exit("a TUN is gone")
            copy(fd, fds[1 - fds.index(fd)])


if __name__ == "__main__":
    main()
