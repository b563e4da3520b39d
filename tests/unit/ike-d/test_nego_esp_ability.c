// What is left of an offer when esp-d can't run all of it.
#include "ike-d/nego/esp_ability.h"
#include "tests/unit/lib/run.h"

#include <string.h>

static struct offer *offer_of(const char *first, const char *second)
{
    const char *texts[] = {first, second};
    struct offer *offer = NULL;
    char error[256];

    ck_assert_int_eq(offer_new(texts, second ? 2 : 1, PROPOSAL_ESP, &offer, error, sizeof(error)), 0);
    return offer;
}

static void check(const struct esp_ability *ability, const char *first, const char *second, const char *expected)
{
    struct offer *offer = offer_of(first, second), *limited = esp_ability_limit(ability, offer);
    char text[1024];

    ck_assert_ptr_nonnull(limited);
    ck_assert_str_eq(offer_format(limited, text, sizeof(text)), expected);
    for (unsigned i = 0; i < limited->n; i++)
        ck_assert_uint_eq(limited->proposal[i].number, i + 1);
    offer_free(limited);
    ck_assert_uint_eq(offer->refs, 1);
    offer_free(offer);
}

START_TEST(leaves_all_until_esp_d_has_said)
{
    struct esp_ability nothing = {0};

    check(&nothing, "aes256gcm16-x25519", "aes256-sha256", "aes256gcm16-x25519, aes256-sha256");
}
END_TEST

START_TEST(drops_what_failed)
{
    struct esp_ability ability = {.known = true};

    esp_ability_add(&ability, &(struct esp_ability_part){ENCR_AES_GCM_16, 128, 0});
    esp_ability_add(&ability, &(struct esp_ability_part){ENCR_AES_CBC, 256, 0});
    esp_ability_add(&ability, &(struct esp_ability_part){0, 0, INTEG_HMAC_SHA1_96});
    check(&ability, "aes128gcm16-x25519-esn", "aes256-sha1", "aes128gcm16-x25519-esn, aes256-sha1");
    check(&ability, "aes256gcm16-aes128gcm16", "aes256-aes128-sha256-sha1", "aes128gcm16, aes256-sha1");
    check(&ability, "aes256gcm16", "aes256-sha1", "aes256-sha1");   // a whole proposal
    check(&ability, "aes256-sha256", "aes128gcm16", "aes128gcm16"); // no integrity left
    check(&ability, "chacha20poly1305", NULL, "");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {leaves_all_until_esp_d_has_said, drops_what_failed};

    return run_tests("ESP ability", tests, RUN_COUNT(tests));
}
