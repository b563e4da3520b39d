#include "tests/dialogue/fake_names.h"

#include <check.h>

#include "tests/dialogue/fake_services.h"

void fake_names_set(struct fake_names *names, uint32_t ttl_s, const char *const *addresses)
{
    names->ttl_s = ttl_s;
    names->n = 0;
    for (; *addresses; addresses++) {
        ck_assert_uint_lt(names->n, FAKE_NAMES_MAX);
        ck_assert_int_eq(address_parse(*addresses, &names->addresses[names->n++]), 0);
    }
}

static void resolve(void *arg, uint64_t job, const char *name, bool anew)
{
    struct gateway *gateway = arg;
    struct fake_names *names = &gateway->names;
    const struct fake_answer answer = {.job = job,
                                       .outcome = names->away ? IKE_JOB_UNAVAILABLE
                                                  : names->n  ? IKE_JOB_OK
                                                              : IKE_JOB_FAILED,
                                       .names = names};
    ck_assert_ptr_nonnull(name);
    names->questions++;
    names->anew += anew;
    world_answer_later(gateway, &answer);
}

void fake_names_fill(struct ike_env *env)
{
    env->resolve = resolve;
}
