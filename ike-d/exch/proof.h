// How both sides prove who they are in IKE_AUTH: with a pre-shared key, or by signatures with the keys of certificates
// (RFC 7296 2.15, RFC 7427). pki-d makes our AUTH payload and judges MACs; the verifier judges certificates and
// signatures. Which of both it is the tunnel says.
#ifndef BULKHEAD_IKE_EXCH_PROOF_H
#define BULKHEAD_IKE_EXCH_PROOF_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message.h"
#include "ike-d/wire/message_writer.h"

struct tunnel_failure;

// A signature of RSA with 16384 bits and its AlgorithmIdentifier.
#define PROOF_AUTH_MAX 2176

// An AUTH payload of ours; n 0: none.
struct proof {
    uint8_t method; // enum auth_method
    uint16_t n;
    uint8_t b[PROOF_AUTH_MAX];
};

// Does the SA's tunnel authenticate by certificates?
bool proof_is_by_certificate(const struct ike_sa *sa);

// With certificates, first of all: asks pki-d for what we show of ourselves; the answer comes to the job.
void proof_fetch_credential(const struct ike_sa *sa, uint64_t job);
// Takes the answer: sa->credential, and sa->local_id from it. -ENOMEM.
int proof_take_credential(struct ike_sa *sa, const struct ike_job_result *result);

// Asks pki-d for our AUTH; the answer comes to the job.
void proof_sign(const struct ike_sa *sa, uint64_t job);
// Takes the answer. -E2BIG.
int proof_keep(const struct ike_job_result *result, struct proof *ret_proof);

// CERT payloads with our certificate and its issuers, whether the peer has asked or not: some never ask. An initiator's
// CERTREQ, too. Nothing where none are used.
void proof_put_certificates(struct message_writer *mw, const struct ike_sa *sa);
void proof_put(struct message_writer *mw, const struct proof *proof);

// Does the peer's message prove it in the way that the tunnel asks for? Fills in the failure where it does not.
bool proof_has_right_method(const struct ike_sa *sa, const struct message *m, struct tunnel_failure *ret_failure);
// Has the peer's AUTH judged, or what it has sent in place of it (NO_PPK_AUTH); the answer comes to the job. A
// responder's own AUTH is made in the same go where that is a MAC.
void proof_verify(const struct ike_sa *sa, const struct message *m, struct bytes auth, uint64_t job);
// The peer is who it says it is: notes by what. -ENOMEM.
int proof_accept(struct ike_sa *sa, const struct ike_job_result *result);
// True: it is not, and the failure says why. False: the job has failed by itself.
bool proof_says_refused(const struct ike_sa *sa, const struct ike_job_result *result,
                        struct tunnel_failure *ret_failure);

#endif
