// Any text as a proposal: refused with a message, or written out and read again to the same.
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/proposal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static void try_protocol(const char *text, enum proposal_protocol protocol)
{
    struct proposal p;
    struct proposal again;
    char error[300] = "";
    char first[PROPOSAL_TEXT_MAX];
    char second[PROPOSAL_TEXT_MAX];

    if (proposal_parse(text, protocol, &p, error, sizeof(error))) {
        require(error[0] != '\0');
        return;
    }
    proposal_format(&p, first, sizeof(first));
    require(proposal_parse(first, protocol, &again, error, sizeof(error)) == 0);
    require(strcmp(first, proposal_format(&again, second, sizeof(second))) == 0);
    require(proposal_select(&p, 1, &again, 1, &again, error, sizeof(error)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    try_protocol(text, PROPOSAL_IKE);
    try_protocol(text, PROPOSAL_ESP);
    free(text);
    return 0;
}
