// A backup's file: opens with its passphrase alone, and whole alone.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/backup_file.h"
#include "tests/unit/lib/run.h"

static const struct bytes passphrase = {.p = (const uint8_t *)"correct horse battery", .n = 21};

START_TEST(comes_back)
{
    struct bytes image = bytes_of_str("everything that the store holds");
    uint8_t *file, *opened;
    size_t n, opened_n;

    ck_assert_int_eq(backup_file_seal(passphrase, image, &file, &n), BACKUP_FILE_OK);
    ck_assert_ptr_null(memmem(file, n, "everything", 10));
    ck_assert_int_eq(backup_file_open(passphrase, bytes_of(file, n), &opened, &opened_n), BACKUP_FILE_OK);
    ck_assert(bytes_equal(image, bytes_of(opened, opened_n)));
    free(opened);
    ck_assert_int_eq(backup_file_open(bytes_of_str("another passphrase"), bytes_of(file, n), &opened, &opened_n),
                     BACKUP_FILE_REFUSED);
    ck_assert_int_eq(backup_file_open(passphrase, bytes_of(file, n - 1), &opened, &opened_n), BACKUP_FILE_REFUSED);
    ck_assert_int_eq(backup_file_open(passphrase, bytes_of(file, 30), &opened, &opened_n), BACKUP_FILE_FOREIGN);
    free(file);
}
END_TEST

// In the salt, the nonce, the text, the tag; a change of the magic or of what scrypt is to cost is seen before.
START_TEST(notices_changes)
{
    static const size_t places[] = {22, 40, 60, 80};
    uint8_t *file, *opened;
    size_t n, opened_n;

    ck_assert_int_eq(backup_file_seal(passphrase, bytes_of_str("0123456789012345678901234567890123456789"), &file, &n),
                     BACKUP_FILE_OK);
    for (size_t i = 0; i < RUN_COUNT(places); i++) {
        file[places[i]] ^= 1;
        ck_assert_int_eq(backup_file_open(passphrase, bytes_of(file, n), &opened, &opened_n), BACKUP_FILE_REFUSED);
        file[places[i]] ^= 1;
    }
    file[n - 1] ^= 1;
    ck_assert_int_eq(backup_file_open(passphrase, bytes_of(file, n), &opened, &opened_n), BACKUP_FILE_REFUSED);
    file[3] ^= 1;
    ck_assert_int_eq(backup_file_open(passphrase, bytes_of(file, n), &opened, &opened_n), BACKUP_FILE_FOREIGN);
    file[3] ^= 1;
    file[18] = 63; // log2 N: more memory than there is
    ck_assert_int_eq(backup_file_open(passphrase, bytes_of(file, n), &opened, &opened_n), BACKUP_FILE_FOREIGN);
    free(file);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("backup_file");

    tcase_set_timeout(tcase, 60); // scrypt under sanitizers
    tcase_add_test(tcase, comes_back);
    tcase_add_test(tcase, notices_changes);
    return run_case(tcase);
}
