#include "api-d/weak_proposals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/crypto/proposal.h"

#define ADVICE "change it at both ends when the peer can do better"

// The tunnel's list of one protocol.
struct texts {
    const char *field;
    enum proposal_protocol protocol;
    char *const *text;
    size_t n;
};

static struct texts texts_of(const Bulkhead__V1__Tunnel *tunnel, enum proposal_protocol protocol)
{
    if (protocol == PROPOSAL_IKE)
        return (struct texts){"ike_proposals", protocol, tunnel->ike_proposals, tunnel->n_ike_proposals};
    return (struct texts){"esp_proposals", protocol, tunnel->esp_proposals, tunnel->n_esp_proposals};
}

// What is weak in the i-th; false when nothing is.
static bool list_weak(const struct texts *texts, size_t i, char *out, unsigned out_size)
{
    struct proposal p;
    char error[8];

    return proposal_parse(texts->text[i], texts->protocol, &p, error, sizeof(error)) == 0 &&
           proposal_list_weak(&p, out, out_size);
}

static void find_in(const struct texts *texts, size_t tunnel, struct mistakes *found)
{
    char path[64], weak[256];

    for (size_t i = 0; i < texts->n; i++) {
        if (!list_weak(texts, i, weak, sizeof(weak)))
            continue;
        snprintf(path, sizeof(path), "tunnels[%zu].%s[%zu]", tunnel, texts->field, i);
        mistake_add_at(found, path, "\"%.80s\" is served, but weak: %s; " ADVICE, texts->text[i], weak);
    }
}

static int add_line(char ***lines, size_t *n, char *line)
{
    char **longer = line ? reallocarray(*lines, *n + 1, sizeof(*longer)) : NULL;

    if (!longer) {
        free(line);
        return -ENOMEM;
    }
    *lines = longer;
    longer[(*n)++] = line;
    return 0;
}

static int add_omitted(size_t omitted, char ***lines, size_t *n)
{
    char *line;

    return asprintf(&line, "%zu more proposals name weak algorithms", omitted) < 0 ? -ENOMEM : add_line(lines, n, line);
}

int weak_proposals_list(struct desired_state *state, char ***lines, size_t *lines_n)
{
    const Bulkhead__V1__Config *config = desired_state_open(state);
    struct mistakes found = mistakes_of(state->file);
    int err = 0;

    if (!config)
        return -ENOMEM;
    found.tree = state->tree;
    for (size_t i = 0; i < config->n_tunnels; i++) {
        struct texts ike = texts_of(config->tunnels[i], PROPOSAL_IKE);
        struct texts esp = texts_of(config->tunnels[i], PROPOSAL_ESP);

        find_in(&ike, i, &found);
        find_in(&esp, i, &found);
    }
    desired_state_close(state);
    for (size_t i = 0; !err && i < found.n; i++)
        err = add_line(lines, lines_n, mistake_format(&found, &found.list[i]));
    if (!err && found.omitted)
        err = add_omitted(found.omitted, lines, lines_n);
    mistakes_done(&found);
    return err;
}

static void raise_event(struct events *events, const char *tunnel, const char *message)
{
    Bulkhead__V1__Event event = BULKHEAD__V1__EVENT__INIT;
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    time.seconds = (int64_t)clock_wall_s(&clock_system);
    event.time = &time;
    event.severity = BULKHEAD__V1__EVENT_SEVERITY__EVENT_SEVERITY_WARNING;
    event.kind = (char *)(uintptr_t) "weak_algorithm";
    event.tunnel = (char *)(uintptr_t)tunnel;
    event.message = (char *)(uintptr_t)message;
    events_add(events, &event);
}

// "ike_proposals: 3des (use aes256); " behind what is there.
static void describe(const struct texts *texts, char *out, size_t out_size)
{
    char weak[256];

    for (size_t i = 0; i < texts->n; i++) {
        size_t used = strlen(out);

        if (list_weak(texts, i, weak, sizeof(weak)))
            snprintf(out + used, out_size - used, "%s[%zu]: %s; ", texts->field, i, weak);
    }
}

// False when the tunnel names nothing weak.
static bool raise_for(const Bulkhead__V1__Tunnel *tunnel, struct events *events)
{
    struct texts ike = texts_of(tunnel, PROPOSAL_IKE);
    struct texts esp = texts_of(tunnel, PROPOSAL_ESP);
    char found[512] = "", message[640];

    describe(&ike, found, sizeof(found));
    describe(&esp, found, sizeof(found));
    if (!found[0])
        return false;
    snprintf(message, sizeof(message), "The configuration names weak algorithms: %s" ADVICE ".", found);
    raise_event(events, tunnel->name, message);
    return true;
}

// The tunnels of one list of names, which stand in the configuration's order; `next` is where to go on looking.
static size_t raise_all(const struct desired_state *state, char *const *names, size_t names_n, size_t raised,
                        struct events *events)
{
    size_t next = 0;

    for (size_t i = 0; i < state->config->n_tunnels && next < names_n && raised < MISTAKE_COUNT_MAX; i++) {
        const Bulkhead__V1__Tunnel *tunnel = state->config->tunnels[i];

        if (strcmp(tunnel->name, names[next]) != 0)
            continue;
        next++;
        raised += raise_for(tunnel, events);
    }
    return raised;
}

void weak_proposals_raise(const struct desired_state *state, const struct desired_state_difference *difference,
                          struct events *events)
{
    size_t raised = raise_all(state, difference->added, difference->added_n, 0, events);

    raised = raise_all(state, difference->changed, difference->changed_n, raised, events);
    if (raised >= MISTAKE_COUNT_MAX)
        raise_event(events, "", "Many tunnels name weak algorithms; `bhctl apply` lists them.");
}
