// What others have in the kernel's packet filter that may keep packets from tunnels: chains that drop by default, NAT
// chains that run before ours, flowtables. Nothing of theirs is changed; each finding names the chain and what would
// mend it. What their rules do with one packet, only a trace of it can tell: a finding says what may be.
#ifndef BULKHEAD_FW_SURVEY_H
#define BULKHEAD_FW_SURVEY_H

#include "fw-d/netlink.h"

#define SURVEY_FINDINGS_MAX 64u
#define SURVEY_CHAINS_MAX   4096u
#define SURVEY_SETS_MAX     256u
// nf_tables takes names of up to 255 characters; chains and tables with longer ones than this are passed over.
#define SURVEY_NAME_MAX 128

enum finding_kind {
    FINDING_FORWARD_DROPS,
    FINDING_INPUT_DROPS,
    FINDING_NAT_TOO_EARLY,
    FINDING_FLOWTABLE,
};

struct finding {
    enum finding_kind kind;
    char where[3 * SURVEY_NAME_MAX];
    char problem[320];
    char cure[3 * SURVEY_NAME_MAX + 160];
};

// A chain of others. family is the kernel's (NFPROTO_...).
struct survey_chain {
    uint8_t family;
    char table[SURVEY_NAME_MAX];
    char name[SURVEY_NAME_MAX];
    bool is_base;
    bool is_nat;
    bool drops; // by its policy, or by a rule without any condition
    uint32_t hook;
    int32_t priority;
    // what its rules know
    bool accepts_tunnels; // by the TUN's name or by our marks
    bool accepts_ike;     // port 500 or 4500
    uint64_t flow_handle; // of a rule that hands connections to a flowtable; 0: none
};

// That a rule which accepts looks something up in.
struct survey_set {
    size_t chain;
    char name[SURVEY_NAME_MAX];
};

struct survey {
    const char *tun;
    struct survey_chain *chains;
    size_t n;
    size_t size; // allocated
    struct survey_set *sets;
    size_t sets_n;
};

// Reads chains and rules of all tables but ours. 0 or -errno; survey_done in any case.
int survey_read(struct netlink *nl, const char *tun, struct survey *ret_survey);
void survey_done(struct survey *survey);
// Writes at most SURVEY_FINDINGS_MAX findings and returns their number. has_untracked: a policy has `notrack`.
size_t survey_judge(const struct survey *survey, bool has_untracked, struct finding *out);

// One message of a dump each, pure, in fw-d/survey_message.c. 0, -ENOMEM.
int survey_take_chain(const struct nlmsghdr *message, struct survey *survey);
int survey_take_rule(const struct nlmsghdr *message, struct survey *survey);
// Has a set's element one of IKE's ports in it?
bool survey_finds_ike(const struct nlmsghdr *message);

#endif
