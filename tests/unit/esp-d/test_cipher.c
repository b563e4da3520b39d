// The ciphers against published vectors, and the backends against each other.
#include "esp-d/cipher.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static const struct cipher_backend *const backends[] = {&cipher_ipsec_mb, &cipher_openssl};

struct vector {
    const char *name;
    uint16_t key_bits;
    const char *key;    // with salt
    const char *packet; // SPI, sequence number, IV, encrypted part (and ICV with GCM)
    const char *clear;
    bool esn;
    uint32_t sequence_high;
};

// draft-mcgrew-gcm-test-01, section 4, for RFC 4106.
static const struct vector gcm_vectors[] = {
    {"AES-128, DNS query", 128, "feffe9928665731c6d6a8f9467308308cafebabe",
     "0000a5f80000000afacedbaddecaf888deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f5"
     "13"
     "30d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a",
     "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000037369700963796265726369747902646"
     "b0"
     "0000100010001"},
    {"AES-256, TCP SYN", 256, "abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344",
     "4a2cbfe3000000020102030405060708ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d347"
     "f0"
     "545659f14e99def842d8eb335f4eecfdbf831824b4c4915956c96",
     "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000020405b40101040201020201"},
    {"AES-192, TCP ACK", 192, "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe",
     "0000a5f80000000afacedbaddecaf888a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc77"
     "95457b9652037f5318027b5b4cd7a636",
     "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001"},
    {"AES-128, DNS query with ESN", 128, "4c80cdefbb5d10da906ac73c3613a6342e443b68",
     "00004321000000004956ed7e3b244cfefecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf"
     "65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732459018148f6cbe722fd04796562dfdb4",
     "45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f736970045f75647003736970096379626572"
     "6369747902646b000021000101020201",
     true, 0x87654321},
    {"AES-128, zero key", 128, "0000000000000000000000000000000000000000",
     "000000000000000100000000000000004688daf2f973a392732909c331d56d60f694abaa414b5e7ff5fdcdfff5e9a284456476492719ffb64"
     "de"
     "7d9dca1e1d894bc3bd57873ed4d181d19d4d5c8c18af3f821d496eeb096e98ad2b69e4799c71d",
     "4500003c99c500008001cb7a40679318010101010800075c020044006162636465666768696a6b6c6d6e6f707172737475767761626364656"
     "667"
     "686901020201"},
    {"AES-128, empty packet", 128, "7d773d00c144c525ac619d18c84a3f47d9664267",
     "335467aeffffffff43457e9182443bc6437f866bcb3f699fe9b0822bac961c4504bef270", "01020201"},
};

// RFC 3602 4: cases 5 and 6 (transport mode), 7 and 8 (tunnel mode), without integrity.
static const struct vector cbc_vectors[] = {
    {"case 5", 128, "90d382b410eeba7ad938c46cec1a82bf",
     "0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a"
     "46"
     "99e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6",
     "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3"
     "0"
     "313233343536370102030405060708090a0b0c0d0e0e01"},
    {"case 6", 128, "90d382b410eeba7ad938c46cec1a82bf",
     "000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4488987ce742e8109689bb379d2d750c0d915dca346a89f75",
     "0800b5e8a80a0500a69c083d0b660e0077777777777777777777777701020201"},
    {"case 7", 128, "0123456789abcdef0123456789abcdef",
     "0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e"
     "4ec"
     "aec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b"
     "842"
     "f1c22f0d",
     "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b0c0d0e0f101112131415161718191a1b1"
     "c"
     "1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637010203040506070809 0a0a04"},
    {"case 8", 128, "0123456789abcdef0123456789abcdef",
     "000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb5"
     "0f980a08c9843fd3a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892",
     "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300ffffffffffffffffffffffffffffffffffffffff"
     "ffffffffffffffffffffffff0102030405060708090a0a04"},
};

// RFC 3686 6, vectors 1, 4 and 7: key and nonce; SPI and number are ours.
static const struct vector ctr_vectors[] = {
    {"vector 1", 128, "ae6852f8121067cc4bf7a5765577f39e00000030",
     "00000001000000010000000000000000e4095d4fb7a7b3792d6175a3261311b8", "53696e676c6520626c6f636b206d7367"},
    {"vector 4", 192, "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb7851500000048",
     "000000010000000136733c147d6d93cb4b55384fe259c9c84e7935a003cbe928", "53696e676c6520626c6f636b206d7367"},
    {"vector 7", 256, "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c10400000060",
     "0000000100000001db5672c97aa8f0b2145ad01dbf824ec7560863dc71e3e0c0", "53696e676c6520626c6f636b206d7367"},
};

// RFC 7634 appendix A: a ping in ESP.
static const struct vector chacha_vectors[] = {
    {"appendix A", 0, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3",
     "01020304000000051011121314151617"
     "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
     "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
     "cbec163fac469b502773f6fb94e664da9165b82829f641e0"
     "76aaa8266b7fb0f7b11b369907e1ad43",
     "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
     "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
     "2425262728292a2b2c2d2e2f303132333435363701020204"},
};

static size_t unhex(const char *hex, uint8_t *out, size_t size)
{
    char digits[1024];
    size_t n = 0;
    int r;

    for (; *hex; hex++) {
        if (*hex != ' ')
            digits[n++] = *hex;
    }
    digits[n] = 0;
    r = bytes_from_hex(digits, out, size);
    ck_assert_int_ge(r, 0);
    return (size_t)r;
}

static void run_op(const struct cipher_backend *b, const struct vector *v, const struct cipher_suite *suite, bool seal,
                   struct cipher_op *op)
{
    uint8_t key[64] = {0}, integ[64] = {1, 2, 3};
    struct bytes keys[2] = {bytes_of(key, 0), bytes_of(integ, suite->integ_key_bytes)};
    struct crypt crypt;

    ck_assert_int_eq(crypt_init(&crypt, b), 0);
    keys[0].n = unhex(v->key, key, sizeof(key));
    ck_assert_int_eq(cipher_key_new(b, suite, seal ? CIPHER_SEAL : CIPHER_OPEN, keys, &op->key), 0);
    (seal ? crypt_seal : crypt_open)(&crypt, op, 1);
    cipher_key_free(op->key);
    crypt_done(&crypt);
}

// Vectors whose packets carry their ICV, or none (then `integ` gets some key).
static void check_vectors(const struct vector *vectors, size_t n, uint16_t encr, uint16_t integ)
{
    for (size_t i = 0; i < n * RUN_COUNT(backends); i++) {
        const struct vector *v = &vectors[i / RUN_COUNT(backends)];
        const struct cipher_backend *b = backends[i % RUN_COUNT(backends)];
        uint8_t packet[256], clear[256], work[256];
        size_t packet_n = unhex(v->packet, packet, sizeof(packet)), clear_n = unhex(v->clear, clear, sizeof(clear));
        struct cipher_suite suite;
        struct cipher_op op = {.packet = work};
        size_t start;

        ck_assert_int_eq(cipher_suite_find(encr, v->key_bits, integ, &suite), 0);
        suite.esn = v->esn;
        op.sequence_high = v->sequence_high;
        start = seal_inner_offset(&suite);
        op.bytes = (uint32_t)(start + clear_n + suite.icv_bytes);
        ck_assert_uint_eq(packet_n, start + clear_n + (integ ? 0 : suite.icv_bytes));
        memcpy(work, packet, start);
        memcpy(work + start, clear, clear_n);
        run_op(b, v, &suite, true, &op);
        ck_assert_msg(op.ok && !memcmp(work, packet, packet_n), "%s: seal, %s", b->name, v->name);
        run_op(b, v, &suite, false, &op);
        ck_assert_msg(op.ok && !memcmp(work + start, clear, clear_n), "%s: open, %s", b->name, v->name);
        run_op(b, v, &suite, true, &op);
        work[op.bytes - 1] ^= 1;
        run_op(b, v, &suite, false, &op);
        ck_assert_msg(!op.ok, "%s: forged, %s", b->name, v->name);
    }
}

START_TEST(seals_and_opens_published_vectors)
{
    check_vectors(gcm_vectors, RUN_COUNT(gcm_vectors), ENCR_AES_GCM_16, 0);
    check_vectors(chacha_vectors, RUN_COUNT(chacha_vectors), ENCR_CHACHA20_POLY1305, 0);
    check_vectors(cbc_vectors, RUN_COUNT(cbc_vectors), ENCR_AES_CBC, INTEG_HMAC_SHA2_256_128);
    check_vectors(ctr_vectors, RUN_COUNT(ctr_vectors), ENCR_AES_CTR, INTEG_HMAC_SHA2_256_128);
}
END_TEST

START_TEST(finds_backends_by_name)
{
    ck_assert_ptr_eq(cipher_backend_find("openssl"), &cipher_openssl);
    ck_assert_ptr_eq(cipher_backend_find(NULL), &cipher_ipsec_mb);
    ck_assert_ptr_null(cipher_backend_find("rot13"));
}
END_TEST

START_TEST(refuses_unknown_suites)
{
    struct cipher_suite s;

    ck_assert_int_lt(cipher_suite_find(ENCR_AES_GCM_16, 128, INTEG_HMAC_SHA2_256_128, &s), 0);
    ck_assert_int_lt(cipher_suite_find(ENCR_AES_CBC, 128, 0, &s), 0);
    ck_assert_int_lt(cipher_suite_find(ENCR_AES_CBC, 100, INTEG_HMAC_SHA1_96, &s), 0);
    ck_assert_int_lt(cipher_suite_find(11, 0, INTEG_HMAC_SHA1_96, &s), 0); // NULL encryption
}
END_TEST

START_TEST(lists_what_it_can_do)
{
    unsigned n = 0, ciphers = 0, integs = 0;
    struct cipher_algorithm a;
    struct cipher_suite s;

    for (; cipher_algorithm_at(n, &a); n++) {
        ck_assert((a.encr != 0) != (a.integ != 0));
        if (a.encr && cipher_suite_find(a.encr, a.key_bits, 0, &s)) {
            ck_assert_int_eq(cipher_suite_find(a.encr, a.key_bits, INTEG_HMAC_SHA2_256_128, &s), 0);
            ciphers++;
        } else if (a.integ) {
            ck_assert_int_eq(cipher_suite_find(ENCR_AES_CBC, 256, a.integ, &s), 0);
            integs++;
        }
    }
    ck_assert_uint_ge(ciphers, 2);
    ck_assert_uint_ge(integs, 4);
    ck_assert_uint_ge(n, 8);
}
END_TEST

// A whole burst of mixed sizes, by the backend that reorders jobs, opened one by one by the other.
START_TEST(bursts_agree_with_single_packets)
{
    for (size_t i = 0; i < WORLD_SUITES_N * 2; i++) {
        static uint8_t buffer[ESP_BURST_PKTS][2048];
        struct seal_packet packets[ESP_BURST_PKTS];
        bool swap = i & 1;
        struct world w;

        world_init(&w, &world_suites[i / 2], backends[swap], backends[!swap]);
        for (unsigned k = 0; k < ESP_BURST_PKTS; k++) {
            uint8_t inner[2048];
            size_t n = world_udp(inner, k % 2 ? 4 : 6, k * 19);

            packets[k] = (struct seal_packet){.child = w.side[0].child, .esp = buffer[k], .inner_bytes = (uint32_t)n};
            packets[k].esp_bytes = seal_bytes(&w.suite, (uint32_t)n);
            packets[k].next = k % 2 ? IPPROTO_IPIP : IPPROTO_IPV6;
            memcpy(buffer[k] + seal_inner_offset(&w.suite), inner, n);
        }
        seal_burst(&w.side[0].crypt, packets, ESP_BURST_PKTS);
        for (unsigned k = 0; k < ESP_BURST_PKTS; k++) {
            uint8_t inner[2048];
            size_t n = world_udp(inner, k % 2 ? 4 : 6, k * 19);
            struct open_packet p = world_open(&w, 1, buffer[k], packets[k].esp_bytes);

            ck_assert_msg(p.drop == DROP_NONE, "%s: packet %u: %s", world_suites[i / 2].name, k, drop_name(p.drop));
            ck_assert_uint_eq(p.sequence, k + 1);
            ck_assert_uint_eq(p.flow.total_bytes, n);
            ck_assert_mem_eq(p.inner, inner, n);
        }
        world_done(&w);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {finds_backends_by_name, refuses_unknown_suites, lists_what_it_can_do,
                                  bursts_agree_with_single_packets, seals_and_opens_published_vectors};

    return run_tests("cipher", tests, RUN_COUNT(tests));
}
