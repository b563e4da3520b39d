#include "esp-d/raw_filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include "esp-d/cipher.h"
#include "esp-d/esp_limits.h"

// X: where ESP begins.
static const struct sock_filter header_ipv4 = BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0);
static const struct sock_filter header_none = BPF_STMT(BPF_LDX | BPF_IMM, 0);

int raw_filter_attach(int fd, uint8_t family, unsigned index, unsigned workers)
{
    struct sock_filter program[] = {
        family == 4 ? header_ipv4 : header_none,
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0x7fffffff, 6, 0), // shorter than its own header
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, CIPHER_HEADER_BYTES, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ESP_SPI_MIN, 0, 3),
        BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, workers),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, index, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
    int locked = 1;

    if (index >= workers)
        return -EINVAL;
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof(locked)) < 0)
        return -errno;
    return 0;
}
