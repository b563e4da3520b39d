// A file that an administrator imports, with the passphrase 0123456789. Rounds of key derivation are bounded here,
// where a limit of processor time does it in the importer.
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "pki-d/importer/import.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/unit/pki-d/mint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// A number of three bytes or more could be one of rounds.
static bool asks_for_many_rounds(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i + 4 < size; i++)
        if (data[i] == V_ASN1_INTEGER && data[i + 1] >= 3 && data[i + 1] <= 8 && i + 2 + data[i + 1] < size)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static OSSL_PROVIDER *legacy, *standard;
    Bulkhead__V1__ImportCertificateRequest request = BULKHEAD__V1__IMPORT_CERTIFICATE_REQUEST__INIT;
    static char passphrase[] = "0123456789";
    char reason[VERIFIER_REASON_MAX];
    store_import_message message;

    if (!standard) {
        standard = OSSL_PROVIDER_load(NULL, "default");
        legacy = OSSL_PROVIDER_load(NULL, "legacy");
        mint_require(standard && legacy, "providers");
    }
    if (asks_for_many_rounds(data, size))
        return 0;
    request.data = (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)data, .len = size};
    request.passphrase = (ProtobufCBinaryData){.data = (uint8_t *)passphrase, .len = strlen(passphrase)};
    if (import_read(&request, &message, reason) == 0)
        import_done(&message);
    return 0;
}
