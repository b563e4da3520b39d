// The store and its master key: what survives a restart, what never lies on disk, what is refused with which words.
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/log.h"
#include "pki-d/store_certificate.h"
#include "tests/unit/lib/run.h"

static char folder[] = "/tmp/bh-store-XXXXXX";
static char path[64];
static char error[STORE_ERROR_MAX];
static const struct master_key key = {.b = {1, 2, 3, 4}};
static struct store *store;

static void set_up(void)
{
    strcpy(folder, "/tmp/bh-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/store.db", folder);
    store = NULL;
}

static int on_file(const char *name, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(name);
}

static void tear_down(void)
{
    store_close(store);
    nftw(folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
}

static void open_store(void)
{
    ck_assert_msg(store_open(folder, &key, &store, error) == 0, "%s", error);
}

static void reopen_store(void)
{
    store_close(store);
    store = NULL;
    open_store();
}

static int set(const char *name, const char *value)
{
    return store_set(store, bytes_of_str(name), bytes_of_str(value));
}

static void assert_value(const char *name, const char *value)
{
    uint8_t got[PKI_SECRET_MAX_BYTES];
    size_t n = 0;

    ck_assert_int_eq(store_get(store, bytes_of_str(name), got, &n), 0);
    ck_assert(bytes_equal(bytes_of(got, n), bytes_of_str(value)));
}

static bool file_contains(const char *name, const char *what)
{
    char file[128];
    char *data;
    bool found;
    long size;
    FILE *f;

    snprintf(file, sizeof(file), "%s/%s", folder, name);
    f = fopen(file, "rb");
    if (!f)
        return false;
    fseek(f, 0, SEEK_END);
    size = ftell(f);
    rewind(f);
    data = malloc((size_t)size + 1);
    ck_assert_uint_eq(fread(data, 1, (size_t)size, f), (size_t)size);
    fclose(f);
    found = memmem(data, (size_t)size, what, strlen(what)) != NULL;
    free(data);
    return found;
}

static bool any_file_contains(const char *what)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    bool found = false;

    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            found |= file_contains(entry->d_name, what);
    closedir(dir);
    return found;
}

START_TEST(keeps_values)
{
    open_store();
    ck_assert_int_eq(set("one", "first value"), 0);
    ck_assert_int_eq(set("two", "second value"), 0);
    ck_assert_int_eq(set("one", "a newer value"), 0);
    assert_value("one", "a newer value");
    reopen_store();
    assert_value("one", "a newer value");
    assert_value("two", "second value");
    ck_assert_int_eq(store_delete(store, bytes_of_str("one")), 0);
    ck_assert_int_eq(store_delete(store, bytes_of_str("one")), -ENOENT);
    reopen_store();
    ck_assert_int_eq(store_get(store, bytes_of_str("one"), (uint8_t[PKI_SECRET_MAX_BYTES]){0}, &(size_t){0}), -ENOENT);
    assert_value("two", "second value");
}
END_TEST

// A process that is killed right after an answer has lost nothing.
START_TEST(survives_sigkill)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (store_open(folder, &key, &store, error) == 0 && set("psk", "kept") == 0)
            raise(SIGKILL);
        _exit(1);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    open_store();
    assert_value("psk", "kept");
}
END_TEST

START_TEST(never_writes_a_value_in_clear)
{
    open_store();
    ck_assert_int_eq(set("visible-name", "correct horse battery staple"), 0);
    ck_assert(any_file_contains("visible-name")); // so the search does find what is there
    ck_assert(!any_file_contains("correct horse"));
    store_close(store); // the WAL goes into the file
    store = NULL;
    ck_assert(file_contains("store.db", "visible-name"));
    ck_assert(!any_file_contains("correct horse"));
    open_store();
    ck_assert_int_eq(store_delete(store, bytes_of_str("visible-name")), 0);
    ck_assert(!any_file_contains("correct horse"));
}
END_TEST

START_TEST(bounds_names_and_values)
{
    static const char *const bad[] = {"", "a b", "a/b", "a\n", "\xc3\xa4", "'; DROP TABLE secret; --"};
    char longest[PKI_NAME_MAX_BYTES + 2] = "";
    uint8_t value[PKI_SECRET_MAX_BYTES + 1] = {1};

    open_store();
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(set(bad[i], "v") == -EINVAL, "row %zu", i);
    memset(longest, 'n', PKI_NAME_MAX_BYTES);
    ck_assert_int_eq(set(longest, "v"), 0);
    longest[PKI_NAME_MAX_BYTES] = 'n';
    ck_assert_int_eq(set(longest, "v"), -EINVAL);
    ck_assert_int_eq(set("empty", ""), -EINVAL);
    ck_assert_int_eq(store_set(store, bytes_of_str("big"), bytes_of(value, PKI_SECRET_MAX_BYTES)), 0);
    ck_assert_int_eq(store_set(store, bytes_of_str("big"), bytes_of(value, PKI_SECRET_MAX_BYTES + 1)), -EINVAL);
    ck_assert_int_eq(store_delete(store, bytes_of_str("")), -ENOENT);
}
END_TEST

static int on_name(void *arg, const char *name)
{
    strcat(arg, name);
    return strlen(arg) >= 4 ? 1 : 0;
}

START_TEST(lists_names_in_pages)
{
    char names[64] = "";

    open_store();
    ck_assert_int_eq(set("cc", "3"), 0);
    ck_assert_int_eq(set("aa", "1"), 0);
    ck_assert_int_eq(set("bb", "2"), 0);
    ck_assert_int_eq(store_list(store, bytes_of(NULL, 0), on_name, names), 1);
    ck_assert_str_eq(names, "aabb");
    names[0] = '\0';
    ck_assert_int_eq(store_list(store, bytes_of_str("bb"), on_name, names), 0);
    ck_assert_str_eq(names, "cc");
}
END_TEST

START_TEST(names_a_wrong_master_key)
{
    const struct master_key other = {.b = {9}};

    open_store();
    ck_assert_int_eq(set("psk", "value"), 0);
    store_close(store);
    store = NULL;
    ck_assert_int_lt(store_open(folder, &other, &store, error), 0);
    ck_assert_ptr_nonnull(strstr(error, "the master key is not the one"));
    ck_assert_ptr_null(strchr(error, '\n'));
    open_store();
    assert_value("psk", "value");
}
END_TEST

START_TEST(names_a_damaged_file)
{
    uint8_t noise[512];
    struct stat st;
    int fd;

    open_store();
    for (int i = 0; i < 200; i++) {
        char name[16];
        snprintf(name, sizeof(name), "name-%d", i);
        ck_assert_int_eq(set(name, "some value that takes its place"), 0);
    }
    store_close(store);
    store = NULL;
    ck_assert_int_eq(stat(path, &st), 0);
    memset(noise, 0xa5, sizeof(noise));
    fd = open(path, O_WRONLY);
    if (_i == 0) // no header
        ck_assert_int_eq(pwrite(fd, noise, sizeof(noise), 0), sizeof(noise));
    else if (_i == 1) // torn
        ck_assert_int_eq(ftruncate(fd, st.st_size / 2), 0);
    else // the last page's cells
        ck_assert_int_eq(pwrite(fd, noise, sizeof(noise), st.st_size - 4096), sizeof(noise));
    close(fd);
    ck_assert_int_lt(store_open(folder, &key, &store, error), 0);
    ck_assert_msg(strstr(error, "damaged") != NULL, "%s", error);
    ck_assert_ptr_null(strchr(error, '\n'));
}
END_TEST

// What was made before there were certificates, brought up to date: secrets stay.
START_TEST(takes_over_layout_1)
{
    char command[512];

    open_store();
    ck_assert_int_eq(set("psk", "of old"), 0);
    store_close(store);
    store = NULL;
    snprintf(command, sizeof(command),
             "python3 -c \"import sqlite3; c = sqlite3.connect('%s'); [c.execute('DROP TABLE ' + t) for (t,) in "
             "c.execute('SELECT name FROM sqlite_master WHERE type = \\\"table\\\"').fetchall() if t not in "
             "('master', 'secret', 'sqlite_sequence')]; c.execute('PRAGMA user_version = 1'); c.commit()\"",
             path);
    ck_assert_int_eq(system(command), 0);
    open_store();
    assert_value("psk", "of old");
    ck_assert_int_eq(store_certificate_exists(store, bytes_of_str("root")), 0);
    reopen_store();
    assert_value("psk", "of old");
}
END_TEST

// A sealed value that is moved to another name does not open.
START_TEST(binds_values_to_their_names)
{
    char command[256];
    size_t n;

    open_store();
    ck_assert_int_eq(set("low", "weak"), 0);
    ck_assert_int_eq(set("high", "strong"), 0);
    store_close(store);
    store = NULL;
    snprintf(
        command, sizeof(command),
        "python3 -c \"import sqlite3; c = sqlite3.connect('%s'); c.execute('UPDATE secret SET sealed = (SELECT sealed "
        "FROM secret WHERE name = \\\"low\\\") WHERE name = \\\"high\\\"'); c.commit()\"",
        path);
    ck_assert_int_eq(system(command), 0);
    open_store();
    assert_value("low", "weak");
    ck_assert_int_eq(store_get(store, bytes_of_str("high"), (uint8_t[PKI_SECRET_MAX_BYTES]){0}, &n), -EBADMSG);
}
END_TEST

START_TEST(refuses_a_second_process)
{
    struct store *second;

    open_store();
    ck_assert_int_lt(store_open(folder, &key, &second, error), 0);
    ck_assert_msg(strstr(error, "in use by another process") != NULL, "%s", error);
}
END_TEST

START_TEST(makes_a_master_key_once)
{
    struct master_key first, again;
    char file[64];
    struct stat st;

    snprintf(file, sizeof(file), "%s/master.key", folder);
    ck_assert_int_eq(master_key_load(folder, &first), 0);
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    ck_assert_int_eq(st.st_size, PKI_MASTER_KEY_BYTES);
    ck_assert_int_eq(master_key_load(folder, &again), 0);
    ck_assert_mem_eq(&first, &again, sizeof(first));
    ck_assert_int_eq(chmod(file, 0640), 0);
    ck_assert_int_eq(master_key_load(folder, &again), -EPERM);
    ck_assert_int_eq(chmod(file, 0600), 0);
    ck_assert_int_eq(truncate(file, 31), 0);
    ck_assert_int_eq(master_key_load(folder, &again), -EINVAL);
    ck_assert_int_eq(truncate(file, 33), 0);
    ck_assert_int_eq(master_key_load(folder, &again), -EINVAL);
}
END_TEST

START_TEST(reads_a_credential)
{
    struct master_key got;
    char file[64];
    FILE *f;

    ck_assert_int_eq(master_key_read_credential(folder, &got), -ENOENT);
    snprintf(file, sizeof(file), "%s/master-key", folder);
    f = fopen(file, "w");
    fputs("0123456789abcdef0123456789abcdef", f);
    fclose(f);
    ck_assert_int_eq(master_key_read_credential(folder, &got), 0);
    ck_assert_mem_eq(got.b, "0123456789abcdef0123456789abcdef", 32);
    ck_assert_int_eq(truncate(file, 5), 0);
    ck_assert_int_eq(master_key_read_credential(folder, &got), -EINVAL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("store");

    log_init("unit", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, keeps_values);
    tcase_add_test(tcase, survives_sigkill);
    tcase_add_test(tcase, never_writes_a_value_in_clear);
    tcase_add_test(tcase, bounds_names_and_values);
    tcase_add_test(tcase, lists_names_in_pages);
    tcase_add_test(tcase, names_a_wrong_master_key);
    tcase_add_loop_test(tcase, names_a_damaged_file, 0, 3);
    tcase_add_test(tcase, takes_over_layout_1);
    tcase_add_test(tcase, binds_values_to_their_names);
    tcase_add_test(tcase, refuses_a_second_process);
    tcase_add_test(tcase, makes_a_master_key_once);
    tcase_add_test(tcase, reads_a_credential);
    return run_case(tcase);
}
