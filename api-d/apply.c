#include "api-d/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/api_limits.h"
#include "api-d/missing_certificates.h"
#include "api-d/secret_list.h"
#include "api-d/weak_proposals.h"
#include "lib/core/log.h"

struct apply_job {
    struct apply_job *next;
    struct apply *apply;
    struct desired_state *candidate; // NULL once it is the current state
    struct apply_outcome outcome;
    apply_done_fn *on_done;
    void *arg;
};

static void free_job(struct apply_job *job)
{
    desired_state_free(job->candidate);
    desired_state_difference_done(&job->outcome.difference);
    for (size_t i = 0; i < job->outcome.warnings_n; i++)
        free(job->outcome.warnings[i]);
    free(job->outcome.warnings);
    free(job);
}

static void run_first(struct apply *apply);

// Ends the job that is being applied and begins the next one.
static void finish(struct apply *apply, enum connect_code code, const char *text)
{
    struct apply_job *job = apply->first;

    apply->first = job->next;
    if (!apply->first)
        apply->last = NULL;
    apply->waiting--;
    job->outcome.code = code;
    job->outcome.text = text;
    job->on_done(job->arg, &job->outcome);
    free_job(job);
    run_first(apply);
}

static void log_warnings(char *const *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        log_warning("config_warning", LOG_STR("at", lines[i]));
}

// The secrets that are missing, then the proposals that are weak.
static void find_warnings(const struct apply *apply, const struct secret_list *list, char ***ret_lines, size_t *ret_n)
{
    *ret_lines = NULL;
    *ret_n = 0;
    if (list->code != CONNECT_OK)
        log_warning("secrets_unknown", LOG_STR("reason", list->text));
    else if (desired_state_missing_secrets(apply->current, list->names, list->n, ret_lines, ret_n) < 0)
        log_warning("secrets_unknown", LOG_ERRNO(ENOMEM));
    if (weak_proposals_list(apply->current, ret_lines, ret_n) < 0)
        log_warning("weak_proposals_unknown", LOG_ERRNO(ENOMEM));
}

static void on_job_certificates(void *arg, char *const *names, size_t n)
{
    struct apply *apply = arg;
    struct apply_outcome *outcome = &apply->first->outcome;

    if (missing_certificates_list(apply->current, names, n, &outcome->warnings, &outcome->warnings_n) < 0)
        log_warning("certificates_unknown", LOG_ERRNO(ENOMEM));
    log_warnings(outcome->warnings, outcome->warnings_n);
    finish(apply, CONNECT_OK, "");
    desired_state_settle(apply->current);
}

static void on_job_secrets(void *arg, const struct secret_list *list)
{
    struct apply *apply = arg;
    struct apply_outcome *outcome = &apply->first->outcome;

    find_warnings(apply, list, &outcome->warnings, &outcome->warnings_n);
    weak_proposals_raise(apply->current, &outcome->difference, apply->events);
    missing_certificates_find(apply->node, apply->current, on_job_certificates, apply);
}

// At start nobody waits for the warnings but the log.
static void on_start_secrets(void *arg, const struct secret_list *list)
{
    struct apply *apply = arg;
    char **lines;
    size_t n;

    if (!apply->current)
        return;
    find_warnings(apply, list, &lines, &n);
    log_warnings(lines, n);
    for (size_t i = 0; i < n; i++)
        free(lines[i]);
    free(lines);
    desired_state_settle(apply->current);
}

static void fall_back(struct apply *apply, enum connect_code code, const char *text)
{
    log_warning("config_rejected", LOG_STR("reason", text));
    desired_state_abandon(apply->folder);
    push_set(&apply->push, apply->current);
    finish(apply, code, text);
}

static bool is_applying(const struct apply *apply)
{
    return apply->first && apply->first->candidate && apply->push.desired == apply->first->candidate;
}

static void tell_current(const struct apply *apply)
{
    if (apply->on_current)
        apply->on_current(apply->arg);
}

static void on_settled(void *arg)
{
    struct apply *apply = arg;
    struct desired_state *former;
    int err;

    if (!is_applying(apply)) {
        tell_current(apply);
        secret_list_start(apply->node, 0, on_start_secrets, apply);
        return;
    }
    err = desired_state_commit(apply->folder);
    if (err < 0) {
        fall_back(apply, CONNECT_INTERNAL, "the configuration can't be stored");
        return;
    }
    former = apply->current;
    apply->current = apply->first->candidate;
    apply->first->candidate = NULL;
    desired_state_free(former);
    tell_current(apply);
    log_notice("config_applied", LOG_UINT("tunnels", apply->current->config->n_tunnels));
    secret_list_start(apply->node, 0, on_job_secrets, apply);
}

static void on_failed(void *arg, enum connect_code code, const char *text)
{
    struct apply *apply = arg;

    if (is_applying(apply))
        fall_back(apply, code, text);
}

static void run_first(struct apply *apply)
{
    struct apply_job *job = apply->first;
    char text[128];
    const char *absent;
    int err;

    if (!job)
        return;
    err = desired_state_compare(apply->current, job->candidate, &job->outcome.difference);
    absent = push_find_absent(&apply->push);
    if (err < 0) {
        finish(apply, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    } else if (absent) {
        snprintf(text, sizeof(text), "%s is away; nothing was changed", absent);
        finish(apply, CONNECT_UNAVAILABLE, text);
    } else if ((err = desired_state_prepare(apply->folder, job->candidate)) < 0) {
        log_error("config_not_stored", LOG_ERRNO(err));
        finish(apply, CONNECT_INTERNAL, "the configuration can't be stored");
    } else {
        push_set(&apply->push, job->candidate);
    }
}

void apply_init(struct apply *apply, uv_loop_t *loop, struct desired_state *current)
{
    const struct push_config config = {
        .node = apply->node, .loop = loop, .on_settled = on_settled, .on_failed = on_failed, .arg = apply};

    apply->current = current;
    push_init(&apply->push, &config);
    push_set(&apply->push, current);
}

static void refuse(enum connect_code code, const char *text, apply_done_fn *on_done, void *arg)
{
    const struct apply_outcome outcome = {.code = code, .text = text};

    on_done(arg, &outcome);
}

static void enqueue(struct apply *apply, struct apply_job *job)
{
    if (apply->last)
        apply->last->next = job;
    else
        apply->first = job;
    apply->last = job;
    if (apply->waiting++ == 0)
        run_first(apply);
}

void apply_start(struct apply *apply, struct bytes text, const char *file, apply_done_fn *on_done, void *arg)
{
    struct apply_job *job;
    char *lines = NULL;
    int err;

    if (apply->waiting >= API_APPLY_QUEUE_MAX) {
        refuse(CONNECT_RESOURCE_EXHAUSTED, "too many configurations are waiting", on_done, arg);
        return;
    }
    job = calloc(1, sizeof(*job));
    err = job ? desired_state_decode(text, file, &job->candidate, &lines) : -ENOMEM;
    if (err < 0) {
        free(job);
        refuse(err == -ENOMEM ? CONNECT_RESOURCE_EXHAUSTED : CONNECT_INVALID_ARGUMENT, lines ? lines : "out of memory",
               on_done, arg);
        free(lines);
        return;
    }
    job->apply = apply;
    job->on_done = on_done;
    job->arg = arg;
    enqueue(apply, job);
}

void apply_stop(struct apply *apply)
{
    push_stop(&apply->push);
}
