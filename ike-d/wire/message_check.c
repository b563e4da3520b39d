#include "ike-d/wire/message.h"

#include <stdio.h>

#include "ike-d/wire/message_rules.h"

bool message_has(const struct message *m, enum payload_type type)
{
    return (unsigned)type <= PAYLOAD_KNOWN_MAX && (m->outer_n[type] || m->inner_n[type]);
}

const struct notify_payload *message_find_notify(const struct message *m, enum notify_type type)
{
    for (unsigned i = 0; i < m->notify_n; i++)
        if (m->notify[i].type == type)
            return &m->notify[i];
    return NULL;
}

const struct notify_payload *message_find_error(const struct message *m)
{
    for (unsigned i = 0; i < m->notify_n; i++)
        if (notify_is_error(m->notify[i].type))
            return &m->notify[i];
    return NULL;
}

static enum wire_status refuse(uint8_t payload_type, const char *text, struct wire_error *ret_error)
{
    *ret_error = (struct wire_error){.text = text, .payload_type = payload_type};
    return WIRE_INVALID_SYNTAX;
}

static const struct payload_rule *find_rule(const struct message_rule *rule, uint8_t type)
{
    for (const struct payload_rule *p = rule->payloads; p->payload; p++)
        if (p->payload == type)
            return p;
    return NULL;
}

// Payloads in clear beside an encrypted one, or in an exchange that must be encrypted, are never believed. The one
// message in clear outside IKE_SA_INIT is an INFORMATIONAL of notifies, for want of an SA (RFC 7296 1.5).
static enum wire_status check_clear(const struct message *m, const struct message_rule *rule,
                                    struct wire_error *ret_error)
{
    bool outside_sa = m->header.exchange == EXCHANGE_INFORMATIONAL && !m->sk.body.p;

    if (rule->encrypted && !m->sk.body.p && !outside_sa)
        return refuse(PAYLOAD_SK, "message is not encrypted", ret_error);
    if (!rule->encrypted && m->sk.body.p)
        return refuse(PAYLOAD_SK, "message may not be encrypted", ret_error);
    if (!rule->encrypted)
        return WIRE_OK;
    for (unsigned type = PAYLOAD_SA; type <= PAYLOAD_KNOWN_MAX; type++) {
        if (type == PAYLOAD_SK || type == PAYLOAD_SKF || (outside_sa && type == PAYLOAD_NOTIFY))
            continue;
        if (m->outer_n[type])
            return refuse((uint8_t)type, "payload came in clear", ret_error);
    }
    return WIRE_OK;
}

enum wire_status message_check(const struct message *m, struct wire_error *ret_error)
{
    const struct message_rule *rule = message_rule_find(m->header.exchange, m->header.response);
    const uint8_t *counts;
    enum wire_status status;
    bool excused;

    if (!rule)
        return refuse(PAYLOAD_NONE, "exchange is not known", ret_error);
    status = check_clear(m, rule, ret_error);
    if (status != WIRE_OK)
        return status;
    counts = rule->encrypted && m->sk.body.p ? m->inner_n : m->outer_n;
    excused = m->header.response && (message_find_error(m) || message_find_notify(m, NOTIFY_COOKIE));
    for (unsigned type = PAYLOAD_SA; type <= PAYLOAD_KNOWN_MAX; type++) {
        const struct payload_rule *p = find_rule(rule, (uint8_t)type);

        if (!p)
            continue;
        if (counts[type] < p->min && !excused)
            return refuse((uint8_t)type, "payload is missing", ret_error);
        if (counts[type] > p->max)
            return refuse((uint8_t)type, "payload comes too often", ret_error);
    }
    return WIRE_OK;
}

// Appends the types of one chain, notifies apart.
static size_t format_chain(const uint8_t *counts, char *out, size_t out_size, size_t used)
{
    for (unsigned type = PAYLOAD_SA; type <= PAYLOAD_KNOWN_MAX && used < out_size; type++) {
        if (!counts[type] || type == PAYLOAD_NOTIFY)
            continue;
        used += (size_t)snprintf(out + used, out_size - used, " %s", payload_name((uint8_t)type));
        if (counts[type] > 1 && used < out_size)
            used += (size_t)snprintf(out + used, out_size - used, "*%u", counts[type]);
    }
    return used;
}

static size_t format_notifies(const struct message *m, char *out, size_t out_size, size_t used)
{
    for (unsigned i = 0; i < m->notify_n && used < out_size; i++) {
        const char *name = notify_name(m->notify[i].type);

        if (name[0] == 'u')
            used += (size_t)snprintf(out + used, out_size - used, " N(%u)", m->notify[i].type);
        else
            used += (size_t)snprintf(out + used, out_size - used, " N(%s)", name);
    }
    return used;
}

char *message_format(const struct message *m, char *out, size_t out_size)
{
    size_t used = (size_t)snprintf(out, out_size, "%s %s %u [", exchange_name(m->header.exchange),
                                   m->header.response ? "response" : "request", m->header.message_id);

    used = format_chain(m->outer_n, out, out_size, used);
    used = format_chain(m->inner_n, out, out_size, used);
    used = format_notifies(m, out, out_size, used);
    if (used < out_size)
        snprintf(out + used, out_size - used, " ]");
    return out;
}
