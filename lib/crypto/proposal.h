// SA proposals: parsed from swanctl's notation ("aes256-sha256-ecp384") and other gateways' names, chosen among what a
// peer offers (RFC 7296 2.7, 3.3), and written out again.
#ifndef BULKHEAD_CRYPTO_PROPOSAL_H
#define BULKHEAD_CRYPTO_PROPOSAL_H

#include "lib/crypto/algorithm.h"
#include "lib/core/bytes.h"

enum proposal_protocol { // RFC 7296 3.3.1
    PROPOSAL_IKE = 1,
    PROPOSAL_AH = 2,
    PROPOSAL_ESP = 3,
};

struct transform {
    uint8_t type; // enum transform_type, or a number that we don't know
    uint16_t id;
    uint16_t key_bits;      // 0 without a Key Length attribute
    bool unknown_attribute; // carried an attribute that we don't know: never chosen (RFC 7296 3.3.6)
};

#define PROPOSAL_TRANSFORMS_MAX 128
#define PROPOSAL_TEXT_MAX       1024

struct proposal {
    uint8_t number; // RFC 7296 3.3.1; from 1 in what we send
    uint8_t protocol;
    uint8_t spi_size;
    uint8_t spi[8];
    uint16_t n;
    struct transform transform[PROPOSAL_TRANSFORMS_MAX];
};

// One proposal from text. For IKE: ENCR, PRF (derived from INTEG when not named), INTEG unless AEAD, KE required. For
// ESP: ENCR, INTEG unless AEAD, KE optional (PFS; "none" beside groups leaves it to the peer), ESN "esn", "noesn" or
// both (default: noesn). Several of a type may be named ("aes256-aes128-sha256-..."). AEAD and non-AEAD don't mix.
// -EINVAL with a text in ret_error that names the word that is wrong and what would be right.
int proposal_parse(const char *text, enum proposal_protocol protocol, struct proposal *ret_proposal, char *ret_error,
                   unsigned error_size);
// "aes256gcm16-prfsha384-ecp384"; transforms that we don't know by number. Returns out.
char *proposal_format(const struct proposal *p, char *out, unsigned out_size);

// The first of `configured` (our order) that an offered proposal satisfies: one transform a type, the first of ours
// that they have too. ret_chosen has their number and SPI and one transform a type. False: none; then ret_why names the
// type of transform that differs in the closest pair, with both lists ("no common KE: local ecp384, remote modp1024").
bool proposal_select(const struct proposal *configured, unsigned configured_n, const struct proposal *offered,
                     unsigned offered_n, struct proposal *ret_chosen, char *ret_why, unsigned why_size);
// A bit (1u << type) for each transform type in which the two have nothing in common; 0: they fit. A bit over those of
// the known types stands for a type that we don't know.
unsigned proposal_mismatch(const struct proposal *ours, const struct proposal *theirs);
// The responder's answer to our offer: is it one transform a type, all from one proposal of ours?
bool proposal_is_subset(const struct proposal *answer, const struct proposal *offered, unsigned offered_n);
// The first transform of that type, NULL when there is none.
const struct transform *proposal_find(const struct proposal *p, enum transform_type type);
bool proposal_has_ke(const struct proposal *p, uint16_t group);
// The PRF that goes with an integrity algorithm when a proposal names none; 0 for one that we don't have.
uint16_t proposal_prf_of_integ(uint16_t integ);
// The weak algorithms that it names, with what to use instead: "3des (use aes256), modp1024 (use modp2048)". False when
// there are none.
bool proposal_list_weak(const struct proposal *p, char *out, unsigned out_size);

// Is it swanctl's word for the default proposals, "default"? A list of proposals may have it as an entry.
bool proposal_is_default(const char *text);
extern const char *const proposal_ike_defaults[]; // NULL at the end
extern const char *const proposal_esp_defaults[];

#endif
