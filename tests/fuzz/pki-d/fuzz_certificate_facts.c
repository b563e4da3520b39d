// A certificate as the importer and the linter read it.
#include "pki-d/verifier/certificate_facts.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/unit/pki-d/mint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_clean(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text < ' ' || *text == 0x7f)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char reason[VERIFIER_REASON_MAX];
    certificate_facts *facts;
    uint8_t *packed;
    size_t n;

    if (certificate_facts_read(bytes_of(data, size), &facts, reason) < 0)
        return 0;
    require_clean(facts->subject);
    require_clean(facts->issuer);
    require_clean(facts->subject_fields->common_name);
    for (size_t i = 0; i < facts->n_alt_names; i++)
        require_clean(facts->alt_names[i]);
    mint_require(facts->serial.len >= 1 && facts->serial.len <= VERIFIER_SERIAL_MAX_BYTES, "serial");
    n = bulkhead__internal__v1__certificate_facts__get_packed_size(facts);
    packed = malloc(n);
    if (packed)
        mint_require(bulkhead__internal__v1__certificate_facts__pack(facts, packed) == n, "pack");
    free(packed);
    certificate_facts_free(facts);
    return 0;
}
