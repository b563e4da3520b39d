#include "esp-d/cipher_choice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "esp-d/cipher_self_test.h"

// The self-test of one algorithm after the other.
struct trial {
    struct cipher_choice *choice;
    struct cipher_party party[CIPHER_BACKENDS_MAX];
    const char *faults;
};

// The fastest and, behind it, OpenSSL, which has everything.
static void list_backends(struct cipher_choice *choice, const char *wanted)
{
    const struct cipher_backend *fastest = cipher_backend_find(wanted);

    choice->backends_n = 0;
    if (!fastest)
        return;
    choice->backends[choice->backends_n++] = fastest;
    if (fastest != &cipher_openssl && fastest->is_checked)
        choice->backends[choice->backends_n++] = &cipher_openssl;
}

static bool is_in(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = list; at && *at; at = strchr(at, ','), at = at ? at + 1 : NULL) {
        if (!strncmp(at, word, n) && (at[n] == ',' || !at[n]))
            return true;
    }
    return false;
}

// Does the backend have it, with any partner?
static bool has(const struct cipher_backend *backend, const struct cipher_algorithm *a)
{
    struct cipher_suite suite;

    return !a->encr || cipher_suite_find(a->encr, a->key_bits, 0, &suite) || backend->supports(&suite);
}

static enum cipher_verdict judge(struct trial *t, unsigned party, const struct cipher_algorithm *a)
{
    struct cipher_party *p = &t->party[party];
    char name[80];

    if (!has(p->backend, a))
        return CIPHER_LACKS;
    snprintf(name, sizeof(name), "%s:%s", p->backend->name, a->name);
    p->faulty = is_in(t->faults, name);
    return !p->backend->is_checked || cipher_self_test(p, a) ? CIPHER_WORKS : CIPHER_FAILS;
}

// Where two disagree though both know the answer, the slower one is believed: OpenSSL's code is the simpler one.
static void judge_row(struct trial *t, struct cipher_choice_row *row)
{
    for (unsigned i = 0; i < t->choice->backends_n; i++)
        row->verdict[i] = judge(t, i, &row->algorithm);
    if (t->choice->backends_n == 2 && row->verdict[0] == CIPHER_WORKS && row->verdict[1] == CIPHER_WORKS &&
        !cipher_self_test_pair(&t->party[0], &t->party[1], &row->algorithm))
        row->verdict[0] = CIPHER_FAILS;
}

static int start(struct trial *t)
{
    for (unsigned i = 0; i < t->choice->backends_n; i++) {
        t->party[i].backend = t->choice->backends[i];
        t->party[i].engine = t->party[i].backend->engine_new();
        if (!t->party[i].engine)
            return -ENOMEM;
    }
    return 0;
}

static void stop(struct trial *t)
{
    for (unsigned i = 0; i < t->choice->backends_n; i++)
        t->choice->backends[i]->engine_free(t->party[i].engine);
}

int cipher_choice_make(struct cipher_choice *choice, const char *wanted, const char *faults)
{
    struct trial trial = {.choice = choice, .faults = faults};
    int err;

    *choice = (struct cipher_choice){0};
    list_backends(choice, wanted);
    if (!choice->backends_n)
        return -ENOENT;
    err = start(&trial);
    while (!err && choice->rows_n < CIPHER_ALGORITHMS_MAX &&
           cipher_algorithm_at(choice->rows_n, &choice->rows[choice->rows_n].algorithm))
        judge_row(&trial, &choice->rows[choice->rows_n++]);
    stop(&trial);
    return err;
}

static bool works(const struct cipher_choice *choice, unsigned backend, const struct cipher_suite *suite)
{
    unsigned wanted = suite->integ ? 2 : 1, found = 0;

    for (unsigned i = 0; i < choice->rows_n; i++) {
        const struct cipher_algorithm *a = &choice->rows[i].algorithm;
        bool is_part = a->encr ? a->encr == suite->encr && a->key_bits == suite->key_bits : a->integ == suite->integ;

        found += is_part && choice->rows[i].verdict[backend] == CIPHER_WORKS;
    }
    return found == wanted && choice->backends[backend]->supports(suite);
}

const struct cipher_backend *cipher_choice_find(const struct cipher_choice *choice, const struct cipher_suite *suite)
{
    for (unsigned i = 0; i < choice->backends_n; i++) {
        if (works(choice, i, suite))
            return choice->backends[i];
    }
    return NULL;
}

const struct cipher_backend *cipher_choice_of(const struct cipher_choice *choice, const struct cipher_choice_row *row)
{
    for (unsigned i = 0; i < choice->backends_n; i++) {
        if (row->verdict[i] == CIPHER_WORKS)
            return choice->backends[i];
    }
    return NULL;
}
