// What each algorithm makes of one packet, as other implementations say (tests/unit/esp-d/known_answers.py).
#ifndef BULKHEAD_ESP_CIPHER_KNOWN_H
#define BULKHEAD_ESP_CIPHER_KNOWN_H

#include "esp-d/cipher.h"

// The packet: byte i is i mod 256, up to the ICV; this many bytes of it are encrypted. Keys come from material whose
// byte i is 7 i + 1: encryption key and salt from its beginning, integrity key from its byte 64 on.
#define CIPHER_KNOWN_TEXT_BYTES     256u
#define CIPHER_KNOWN_MATERIAL_BYTES 128u
#define CIPHER_KNOWN_INTEG_AT       64u

// An AEAD: the beginning of its ICV. A cipher: the last bytes of the encrypted part. An integrity algorithm: its ICV
// over the packet with an IV of 16 bytes, as it is. Into ret_answer; their number, 0: the algorithm is not in the
// table.
size_t cipher_known_answer(const struct cipher_algorithm *algorithm, uint8_t ret_answer[CIPHER_ICV_BYTES_MAX]);

#endif
