#include "launcher/role_report.h"

#include <errno.h>

#include "launcher/capability.h"
#include "lib/priv/roles.h"

static void print_capabilities(FILE *out, uint64_t capabilities)
{
    const char *separator = "";

    for (unsigned bit = 0; bit < 64; bit++) {
        char text[CAPABILITY_TEXT_MAX];

        if (!(capabilities & 1ull << bit))
            continue;
        fprintf(out, "%s%s", separator, capability_format(bit, text));
        separator = ", ";
    }
    if (!capabilities)
        fputs("none", out);
}

static void print_roles_of(FILE *out, uint32_t bits)
{
    const char *separator = "";

    for (int role = ROLE_NONE + 1; role < ROLE_COUNT; role++) {
        if (!(bits & ROLE_BIT(role)))
            continue;
        fprintf(out, "%s%s", separator, role_name((enum role)role));
        separator = ", ";
    }
    if (!bits)
        fputs("nobody", out);
}

static void print_role(FILE *out, const struct role_spec *role)
{
    fprintf(out, "| %s | %s", role->name, role->user);
    if (role->role != ROLE_LAUNCHER)
        fprintf(out, ", else uid_base + %d", (int)role->role);
    fputs(" | ", out);
    print_capabilities(out, role->capabilities);
    fputs(" | ", out);
    print_roles_of(out, role->serves);
    fputs(" | ", out);
    print_roles_of(out, role->links);
    fprintf(out, " | %s |\n", role->sockets);
}

static void print_method(FILE *out, const struct ipc_method *method)
{
    fprintf(out, "| %u | %s | ", method->id, method->name);
    print_roles_of(out, method->callers);
    fprintf(out, " | %s | %s | %s | ", role_name(method->server),
            method->needs & IPC_STATE_CONFIGURED ? "configured" : "any", method->request->short_name);
    if (method->response)
        fprintf(out, "%s | %u ms |\n", method->response->short_name, method->deadline_ms);
    else
        fputs("none | |\n", out);
}

int role_report_print(FILE *out)
{
    fprintf(out,
            "Who runs with which rights. Without users of those names in the password file, uids are uid_base (%u, or\n"
            "`--uid-base`) plus a number.\n\n"
            "| role | user | capabilities kept | who connects to it | whom it connects to | sockets it may make after "
            "start |\n"
            "|---|---|---|---|---|---|\n",
            ROLE_UID_BASE_DEFAULT);
    for (int role = ROLE_LAUNCHER; role < ROLE_COUNT; role++)
        print_role(out, role_find((enum role)role));
    fputs(
        "\nWho may ask whom for what. A method asked by another role costs that role its connection; one that needs a\n"
        "state that the server has not reached fails; one without an answer is a notification.\n\n"
        "| number | method | from | to | state of `to` | request | answer | deadline |\n"
        "|---|---|---|---|---|---|---|---|\n",
        out);
    for (const struct ipc_method *method = ipc_methods; method->id; method++)
        print_method(out, method);
    return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
