// The sockets of IP protocol 50 (RFC 4303) without UDP around it.
#ifndef BULKHEAD_ESP_RAW_H
#define BULKHEAD_ESP_RAW_H

struct raw {
    int fd4; // -1: none
    int fd6;
};

#endif
