// What the ciphers cost a packet: nanoseconds of this thread's CPU, and instructions counted one by one (ptrace), those
// of the cipher's library apart from ours. A burst at a time, as a worker does it, each suite sealed and opened.
//
//     cipher [-b BACKEND] [-s SUITE] [-n BYTES] [-p PACKETS] [-i]
//
// -n: of the inner packet (1400); -p: of a burst (47); -i: count instructions too, which takes a while.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "esp-d/cipher.h"
#include "esp-d/esp_limits.h"

#define ROUNDS     25u
#define ROUND_NS   4000000u
#define SLOT_BYTES 2048u

static const struct row {
    const char *name;
    uint16_t encr, key_bits, integ;
    bool esn;
} rows[] = {
    {"aes128gcm16", ENCR_AES_GCM_16, 128, 0},
    {"aes256gcm16", ENCR_AES_GCM_16, 256, 0},
    {"aes256gcm16-esn", ENCR_AES_GCM_16, 256, 0, true},
    {"chacha20poly1305", ENCR_CHACHA20_POLY1305, 0, 0},
    {"aes128ccm16", ENCR_AES_CCM_16, 128, 0},
    {"aes256ccm16", ENCR_AES_CCM_16, 256, 0},
    {"aes128-sha1", ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96},
    {"aes128-sha256", ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128},
    {"aes256-sha256", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128},
    {"aes256-sha256-esn", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128, true},
    {"aes256-sha384", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192},
    {"aes256-sha512", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256},
    {"aes128-aesxcbc", ENCR_AES_CBC, 128, INTEG_AES_XCBC_96},
    {"aes128-aescmac", ENCR_AES_CBC, 128, INTEG_AES_CMAC_96},
    {"aes256ctr-sha256", ENCR_AES_CTR, 256, INTEG_HMAC_SHA2_256_128},
    {"3des-md5", ENCR_3DES, 0, INTEG_HMAC_MD5_96},
};

struct bench {
    const struct cipher_backend *backend;
    struct cipher_engine *engine;
    struct cipher_suite suite;
    struct cipher_key *keys[2]; // by direction
    struct cipher_op ops[ESP_BURST_PKTS];
    uint8_t *packets;
    uint8_t *sealed; // a copy
    unsigned n;
    uint32_t bytes; // of an ESP packet
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void run(struct bench *b, enum cipher_direction direction)
{
    for (unsigned i = 0; i < b->n; i++)
        b->ops[i] = (struct cipher_op){
            .key = b->keys[direction], .packet = b->packets + i * SLOT_BYTES, .bytes = b->bytes, .sequence_high = 1};
    (direction == CIPHER_SEAL ? b->backend->seal : b->backend->open)(b->engine, b->ops, b->n);
}

static bool are_ok(const struct bench *b)
{
    for (unsigned i = 0; i < b->n; i++) {
        if (!b->ops[i].ok)
            return false;
    }
    return true;
}

static bool start(struct bench *b, const struct cipher_backend *backend, const struct row *row, uint32_t inner_bytes)
{
    uint8_t material[128];
    struct bytes keys[2] = {bytes_of(material, 0), bytes_of(material, 0)};
    uint32_t align;

    if (cipher_suite_find(row->encr, row->key_bits, row->integ, &b->suite) || !backend->supports(&b->suite))
        return false;
    b->suite.esn = row->esn;
    b->backend = backend;
    b->engine = backend->engine_new();
    b->packets = aligned_alloc(64, ESP_BURST_PKTS * SLOT_BYTES);
    b->sealed = aligned_alloc(64, ESP_BURST_PKTS * SLOT_BYTES);
    if (!b->engine || !b->packets || !b->sealed)
        fail("memory");
    memset(material, 3, sizeof(material));
    memset(b->packets, 7, ESP_BURST_PKTS * SLOT_BYTES);
    align = b->suite.align_bytes;
    b->bytes =
        CIPHER_HEADER_BYTES + b->suite.iv_bytes + (inner_bytes + 2 + align - 1) / align * align + b->suite.icv_bytes;
    keys[0].n = (size_t)b->suite.key_bytes + b->suite.salt_bytes;
    keys[1].n = b->suite.integ_key_bytes;
    for (int i = 0; i < 2; i++) {
        if (cipher_key_new(backend, &b->suite, (enum cipher_direction)i, keys, &b->keys[i]))
            fail("key");
    }
    run(b, CIPHER_SEAL);
    if (!are_ok(b))
        fail("sealing");
    memcpy(b->sealed, b->packets, ESP_BURST_PKTS * SLOT_BYTES);
    run(b, CIPHER_OPEN);
    if (!are_ok(b))
        fail("opening");
    return true;
}

static void stop(struct bench *b)
{
    cipher_key_free(b->keys[0]);
    cipher_key_free(b->keys[1]);
    b->backend->engine_free(b->engine);
    free(b->packets);
    free(b->sealed);
}

static uint64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// A burst of fresh packets: what was opened once would be opened again as a forgery, which a backend that looks at the
// ICV first does not even decrypt.
static uint64_t time_burst(struct bench *b, enum cipher_direction direction)
{
    uint64_t began;

    if (direction == CIPHER_OPEN)
        memcpy(b->packets, b->sealed, (size_t)b->n * SLOT_BYTES);
    began = cpu_ns();
    run(b, direction);
    return cpu_ns() - began;
}

// The fastest of many short rounds: whatever else runs on the machine only adds.
static double measure_ns(struct bench *b, enum cipher_direction direction)
{
    double best = 0;

    for (unsigned r = 0; r < ROUNDS; r++) {
        uint64_t spent = 0;
        unsigned bursts = 0;

        for (; spent < ROUND_NS; bursts++)
            spent += time_burst(b, direction);
        if (best <= 0 || (double)spent / bursts / b->n < best)
            best = (double)spent / bursts / b->n;
    }
    return best;
}

// Where this program's own code lies.
static void own_code(unsigned long *ret_from, unsigned long *ret_to)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512], mode[8];

    if (!f || !fgets(line, sizeof(line), f))
        fail("/proc/self/maps");
    do {
        if (sscanf(line, "%lx-%lx %7s", ret_from, ret_to, mode) == 3 && mode[2] == 'x')
            break;
    } while (fgets(line, sizeof(line), f));
    fclose(f);
}

static void wait_for_stop(pid_t child, int *ret_signal)
{
    int status;

    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        fail("the child ended");
    *ret_signal = WSTOPSIG(status);
}

// Of one burst, by steps of a child. Instructions a packet in ret_count: ours, the libraries'.
static void count_instructions(struct bench *b, enum cipher_direction direction, double ret_count[2])
{
    unsigned long from, to, n[2] = {0, 0};
    struct user_regs_struct regs;
    int sig;
    pid_t child;

    own_code(&from, &to);
    child = fork();
    if (child < 0)
        fail("fork");
    if (!child) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        time_burst(b, direction);
        if (direction == CIPHER_OPEN)
            memcpy(b->packets, b->sealed, (size_t)b->n * SLOT_BYTES);
        raise(SIGUSR1);
        run(b, direction);
        raise(SIGUSR1);
        _exit(0);
    }
    wait_for_stop(child, &sig);
    for (sig = 0; sig != SIGUSR1;) {
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL))
            fail("ptrace");
        wait_for_stop(child, &sig);
        if (ptrace(PTRACE_GETREGS, child, NULL, &regs))
            fail("ptrace");
        n[regs.rip < from || regs.rip >= to]++;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ret_count[0] = (double)n[0] / b->n;
    ret_count[1] = (double)n[1] / b->n;
}

static void print_row(struct bench *b, const char *name, uint32_t inner_bytes, bool count)
{
    printf("| %s | %s |", name, b->backend->name);
    for (int i = 0; i < 2; i++) {
        double ns = measure_ns(b, (enum cipher_direction)i), counts[2];

        printf(" %.0f | %.2f |", ns, inner_bytes / ns);
        if (!count)
            continue;
        count_instructions(b, (enum cipher_direction)i, counts);
        printf(" %.0f + %.0f |", counts[0], counts[1]);
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const struct cipher_backend *const backends[] = {cipher_backend_find("ipsec-mb"), cipher_backend_find("openssl")};
    const char *backend = "", *suite = "";
    unsigned long bytes = 1400, packets = 47;
    bool count = false;

    for (int c; (c = getopt(argc, argv, "b:s:n:p:i")) != -1;) {
        if (c == 'b')
            backend = optarg;
        else if (c == 's')
            suite = optarg;
        else if (c == 'n')
            bytes = strtoul(optarg, NULL, 10);
        else if (c == 'p')
            packets = strtoul(optarg, NULL, 10);
        else if (c == 'i')
            count = true;
        else
            return 2;
    }
    if (!packets || packets > ESP_BURST_PKTS || !bytes || bytes > 1900) {
        fprintf(stderr, "at most %u packets, 1900 bytes\n", ESP_BURST_PKTS);
        return 2;
    }
    printf(count
               ? "| suite | backend | seal ns | GB/s | instructions: ours + library | open ns | GB/s | instructions |\n"
                 "|---|---|---|---|---|---|---|---|\n"
               : "| suite | backend | seal ns | GB/s | open ns | GB/s |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t k = 0; k < 2; k++) {
            struct bench b = {.n = (unsigned)packets};

            if (!backends[k] || (*backend && strcmp(backend, backends[k]->name) != 0) ||
                (*suite && !strstr(rows[i].name, suite)) || !start(&b, backends[k], &rows[i], (uint32_t)bytes))
                continue;
            print_row(&b, rows[i].name, (uint32_t)bytes, count);
            stop(&b);
        }
    }
    return 0;
}
