// PEM of strangers (RFC 7468). A block may say of itself that it is encrypted (RFC 1421 4.6.1.1); OpenSSL would then
// open a terminal and ask for a passphrase, which ends a process that may open nothing.
#ifndef BULKHEAD_PKI_VERIFIER_PEM_H
#define BULKHEAD_PKI_VERIFIER_PEM_H

// A pem_password_cb that has none: whatever is encrypted can't be read.
int pem_refuse_passphrase(char *out, int out_size, int is_written, void *arg);

#endif
