// What CertificateService's requests must be like, as certificate_service.proto says beside the fields, before they go
// to another daemon (which checks them again). Pure.
#ifndef BULKHEAD_API_CERTIFICATE_RULES_H
#define BULKHEAD_API_CERTIFICATE_RULES_H

#include <protobuf-c/protobuf-c.h>

#define CERTIFICATE_RULES_ERROR_MAX 512

// 0; or -EINVAL with the first mistake, "template.days: ...", what is wrong and what would be right. The request is one
// of CertificateService's.
int certificate_rules_check(const ProtobufCMessage *request, char error[CERTIFICATE_RULES_ERROR_MAX]);

#endif
