// The words of proposals: the algorithm table's names (swanctl's keywords are the same) and what RouterOS and others
// call the same things ("aes-256-cbc", "dh14", "AES_GCM_16_256"). Capital letters are read as small ones.
#ifndef BULKHEAD_CRYPTO_PROPOSAL_WORD_H
#define BULKHEAD_CRYPTO_PROPOSAL_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/crypto/algorithm.h"

struct proposal_word {
    enum transform_type type;
    uint16_t id; // KE_NONE for "none": no group
    uint16_t key_bits;
    size_t n; // letters that were read
};

// The longest word that the text begins with, up to a '-', a '/', a space or the end; other gateways' words have those
// inside, too. False when there is none.
bool proposal_word_read(const char *text, struct proposal_word *ret_word);

// A sentence about a text that no word begins: what is wrong with it, and what would be right. Returns out.
char *proposal_word_explain(const char *text, char *out, size_t out_size);

// Good algorithms of that type to name in messages: "aes256gcm16, aes128gcm16, ...". Static.
const char *proposal_word_examples(enum transform_type type);

#endif
