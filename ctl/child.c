#include "ctl/child.h"

#include "ctl/render.h"
#include "ctl/table.h"

static const struct table_column columns[] = {
    {.title = "CHILD", .right = true},
    {.title = "POLICY", .optional = true},
    {.title = "STATE"},
    {.title = "SINCE", .right = true},
    {.title = "PAIRS", .right = true},
    {.title = "SELECTORS", .shrinks = true},
    {.title = "NEXT TRY", .right = true, .optional = true},
    {.title = "REASON", .shrinks = true, .optional = true},
};

char *child_count_text(const Bulkhead__V1__TunnelStatus *tunnel, char *out, size_t out_size)
{
    size_t up = 0;

    for (size_t i = 0; i < tunnel->n_children; i++)
        up += tunnel->children[i]->state == BULKHEAD__V1__CHILD_STATE__CHILD_STATE_UP;
    snprintf(out, out_size, "%zu of %zu up", up, tunnel->n_children);
    return out;
}

static void add_row(struct table *table, const struct invocation *inv, const Bulkhead__V1__ChildStatus *c)
{
    char number[16], pairs[32], state[RENDER_TEXT_MAX], since[RENDER_TEXT_MAX], next[RENDER_TEXT_MAX];

    snprintf(number, sizeof(number), "%u", c->number);
    snprintf(pairs, sizeof(pairs), "%u/%u", c->pairs_up, c->pairs);
    table_add(table, (const char *const[]){
                         number,
                         c->policy,
                         render_enum(&bulkhead__v1__child_state__descriptor, c->state, state),
                         render_age(c->since, inv->now_s, since),
                         pairs,
                         c->selectors,
                         render_age(c->next_try, inv->now_s, next),
                         c->failure ? c->failure->message : "",
                     });
}

void child_print_table(const struct invocation *inv, const Bulkhead__V1__TunnelStatus *tunnel)
{
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));

    for (size_t i = 0; table && i < tunnel->n_children; i++)
        add_row(table, inv, tunnel->children[i]);
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
}
