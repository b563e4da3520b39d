// The keys of a tunnel's IKE SAs for Wireshark, on an operator's explicit request and for a while: who has them can
// read this gateway's IKE messages (not its ESP packets). Lines of Wireshark's ikev2_decryption_table, in memory that
// is wiped; never in a log.
#ifndef BULKHEAD_IKE_SA_KEY_LOG_H
#define BULKHEAD_IKE_SA_KEY_LOG_H

#include "ike-d/sa/deadline.h"
#include "ike-d/sa/ike_sa.h"

// The oldest are forgotten.
#define KEY_LOG_LINES_MAX 64u
#define KEY_LOG_LINE_MAX  640

struct key_log {
    struct tunnel *tunnel;
    uint64_t ends_s; // Unix time
    struct deadline end;
    uint64_t last;                   // number of the newest line, from 1; 0: none yet
    char *lines[KEY_LOG_LINES_MAX];  // line k at k % KEY_LOG_LINES_MAX, of wiping_malloc; NULL: none
    uint64_t spi[KEY_LOG_LINES_MAX]; // our own, of that line
};

// Begins, or goes on for that long from now; an event says so. -ENOMEM.
int key_log_start(struct tunnel *tunnel, uint32_t seconds);
// Wipes and forgets; an event says so. Nothing happens when it is off.
void key_log_stop(struct tunnel *tunnel);
// The tunnel that it was for has been configured anew. NULL is taken.
void key_log_move(struct key_log *log, struct tunnel *tunnel);
// Frees without a word, for a tunnel that goes.
void key_log_free(struct key_log *log);
// Notes the SA's keys if its tunnel's log is on and does not have them yet. To be called when an SA has got its keys,
// and when it has got its tunnel.
void key_log_note(const struct ike_sa *sa);
// The line of that number; NULL: none, or forgotten.
const char *key_log_find(const struct key_log *log, uint64_t number);
// One line, without a newline at its end.
void key_log_format(const struct ike_sa *sa, char out[KEY_LOG_LINE_MAX]);

#endif
