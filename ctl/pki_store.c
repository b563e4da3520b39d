// bhctl pki audit, backup, restore.
#include <string.h>

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "ctl/command.h"
#include "ctl/input_file.h"
#include "ctl/option.h"
#include "ctl/output_file.h"
#include "ctl/quiet_input.h"
#include "ctl/render.h"
#include "ctl/table.h"
#include "lib/schema/wiping.h"

#define BACKUP_MAX_BYTES (64u * 1024 * 1024)
#define PAGE_MAX         1000u
#define RECORDS_DEFAULT  100u

static const struct table_column columns[] = {
    {.title = "NUMBER", .right = true},
    {.title = "TIME"},
    {.title = "ACTOR"},
    {.title = "OPERATION"},
    {.title = "OBJECT"},
    {.title = "DETAIL", .shrinks = true, .optional = true},
};

static void add_record(struct table *table, const Bulkhead__V1__AuditRecord *r)
{
    char number[RENDER_TEXT_MAX], time[RENDER_TEXT_MAX];

    snprintf(number, sizeof(number), "%llu", (unsigned long long)r->number);
    table_add(table,
              (const char *const[]){number, render_time(r->time, time), r->actor, r->operation, r->object, r->detail});
}

enum exit_code pki_audit(const struct invocation *inv)
{
    Bulkhead__V1__ListAuditRecordsRequest request = BULKHEAD__V1__LIST_AUDIT_RECORDS_REQUEST__INIT;
    const Bulkhead__V1__ListAuditRecordsResponse *answer;
    struct table *table = NULL;
    ProtobufCMessage *message;
    enum exit_code code;

    if (!option_number(inv, "limit", 1, PAGE_MAX, &request.page_size))
        return EXIT_USAGE;
    request.page_size = request.page_size ? request.page_size : RECORDS_DEFAULT;
    code = invocation_call(inv, "CertificateService/ListAuditRecords", &request.base,
                           &bulkhead__v1__list_audit_records_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__ListAuditRecordsResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; table && i < answer->n_records; i++)
        add_record(table, answer->records[i]);
    if (table)
        table_print(table, inv->out, inv->width);
    table_free(table);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

static enum exit_code backup(const struct invocation *inv, const struct quiet_input *passphrase,
                             struct output_file *file)
{
    Bulkhead__V1__BackupStoreRequest request = BULKHEAD__V1__BACKUP_STORE_REQUEST__INIT;
    struct invocation binary = *inv;
    ProtobufCMessage *message;
    enum exit_code code;

    binary.binary = true;
    request.passphrase = (ProtobufCBinaryData){.data = passphrase->bytes, .len = passphrase->n};
    code = invocation_call(&binary, "CertificateService/BackupStore", &request.base,
                           &bulkhead__v1__backup_store_response__descriptor, &message);
    if (code != EXIT_OK) {
        output_file_drop(file);
        return code;
    }
    code = output_file_write(inv, file, &((Bulkhead__V1__BackupStoreResponse *)message)->data);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code pki_backup(const struct invocation *inv)
{
    struct quiet_input passphrase = {0};
    enum exit_code code = EXIT_USAGE;
    struct output_file file;

    if (!output_file_open(inv, true, true, &file))
        return EXIT_USAGE;
    if (quiet_input_passphrase(inv, true, &passphrase))
        code = backup(inv, &passphrase, &file);
    else
        output_file_drop(&file);
    quiet_input_done(&passphrase);
    return code;
}

static enum exit_code restore(const struct invocation *inv, const struct quiet_input *passphrase,
                              const struct input_file *file)
{
    Bulkhead__V1__RestoreStoreRequest request = BULKHEAD__V1__RESTORE_STORE_REQUEST__INIT;
    const Bulkhead__V1__RestoreStoreResponse *answer;
    struct invocation binary = *inv;
    ProtobufCMessage *message;
    enum exit_code code;

    binary.binary = true;
    request.passphrase = (ProtobufCBinaryData){.data = passphrase->bytes, .len = passphrase->n};
    request.data = (ProtobufCBinaryData){.data = file->bytes, .len = file->n};
    request.replace = option_is_set(inv, "replace");
    code = invocation_call(&binary, "CertificateService/RestoreStore", &request.base,
                           &bulkhead__v1__restore_store_response__descriptor, &message);
    if (code != EXIT_OK)
        return code;
    answer = (const Bulkhead__V1__RestoreStoreResponse *)message;
    if (inv->output == OUTPUT_JSON)
        code = invocation_print_json(inv, message);
    else
        fprintf(inv->out, "restored %u secrets and %u certificates\n", answer->secrets, answer->certificates);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    return code;
}

enum exit_code pki_restore(const struct invocation *inv)
{
    const char *passphrase_file = option_text(inv, "passphrase-file");
    struct quiet_input passphrase = {0};
    enum exit_code code = EXIT_USAGE;
    struct input_file file;

    if (strcmp(inv->file, "-") == 0 && (!passphrase_file || strcmp(passphrase_file, "-") == 0)) {
        invocation_complain(inv,
                            "stdin can't be both the backup and the passphrase; --passphrase-file FILE would be right");
        return EXIT_USAGE;
    }
    if (!input_file_read(inv, inv->file, BACKUP_MAX_BYTES, &file))
        return EXIT_USAGE;
    if (quiet_input_passphrase(inv, false, &passphrase))
        code = restore(inv, &passphrase, &file);
    quiet_input_done(&passphrase);
    input_file_done(&file);
    return code;
}
