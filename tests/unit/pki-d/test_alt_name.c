// Alternative names as people write them, and what is none.
#include <check.h>
#include <string.h>

#include "pki-d/alt_name.h"
#include "tests/unit/lib/run.h"

START_TEST(normalizes)
{
    static const struct {
        const char *written, *normal; // NULL: refused
    } rows[] = {
        {"vpn.example", "dns:vpn.example"},
        {"DNS:vpn.example", "dns:vpn.example"},
        {"*.example.com", "dns:*.example.com"},
        {"a_b.example", "dns:a_b.example"},
        {"192.0.2.1", "ip:192.0.2.1"},
        {"dns:192.0.2.1", "dns:192.0.2.1"}, // for Windows
        {"2001:db8::1", "ip:2001:db8::1"},
        {"a@example.com", "email:a@example.com"},
        {"email:a.b+c@example.com", "email:a.b+c@example.com"},
        {"ip:vpn.example", NULL},
        {"ip:300.1.1.1", NULL},
        {"dns:", NULL},
        {"", NULL},
        {"dns:a..b", NULL},
        {"dns:.a", NULL},
        {"dns:a.", NULL},
        {"dns:-a.example", NULL},
        {"dns:a-.example", NULL},
        {"dns:a.*.example", NULL},
        {"dns:größe.example", NULL},
        {"dns:a b", NULL},
        {"email:a", NULL},
        {"email:@example.com", NULL},
        {"email:a@b@example.com", NULL},
        {"email:größe@example.com", NULL},
        {"dns:0123456789012345678901234567890123456789012345678901234567890123.example", NULL},
    };
    char normal[ALT_NAME_MAX_BYTES];

    for (size_t i = 0; i < RUN_COUNT(rows); i++) {
        const char *mistake = alt_name_normalize(rows[i].written, normal);
        ck_assert_msg((*mistake != '\0') == !rows[i].normal, "%zu: %s", i, rows[i].written);
        if (rows[i].normal)
            ck_assert_str_eq(normal, rows[i].normal);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {normalizes};

    return run_tests("alt_name", tests, RUN_COUNT(tests));
}
