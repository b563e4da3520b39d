// A tunnel's explanation in the API's words.
#ifndef BULKHEAD_IKE_LINK_EXPLANATION_MESSAGE_H
#define BULKHEAD_IKE_LINK_EXPLANATION_MESSAGE_H

#include "ike-d/sa/tunnel.h"
#include "lib/ipc/node.h"

// Answers with the explanation of that tunnel.
void explanation_message_reply(struct ipc_request *request, const struct tunnel *tunnel);

#endif
