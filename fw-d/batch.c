#include "fw-d/batch.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>

#include <libnftnl/common.h>

// Room for at least one more message and the end of the transaction.
static int make_room(struct batch *batch)
{
    size_t size = 2 * batch->size;
    uint8_t *buffer;
    const char **labels;

    if (batch->size - batch->n >= 2 * BATCH_MESSAGE_MAX_BYTES)
        return 0;
    buffer = realloc(batch->buffer, size);
    if (!buffer)
        return -ENOMEM;
    batch->buffer = buffer;
    labels = reallocarray(batch->labels, size / NLMSG_HDRLEN, sizeof(*labels));
    if (!labels)
        return -ENOMEM;
    batch->labels = labels;
    batch->size = size;
    return 0;
}

static struct nlmsghdr *at_end(struct batch *batch)
{
    return (struct nlmsghdr *)(void *)(batch->buffer + batch->n);
}

struct batch *batch_new(uint32_t first_seq)
{
    struct batch *batch = calloc(1, sizeof(*batch));
    struct nlmsghdr *begin;

    if (!batch)
        return NULL;
    batch->size = 4 * BATCH_MESSAGE_MAX_BYTES;
    batch->first_seq = first_seq;
    batch->buffer = malloc(batch->size);
    batch->labels = calloc(batch->size / NLMSG_HDRLEN, sizeof(*batch->labels));
    if (!batch->buffer || !batch->labels) {
        batch_free(batch);
        return NULL;
    }
    begin = nftnl_batch_begin((char *)batch->buffer, first_seq);
    batch->labels[batch->messages++] = "transaction";
    batch->n = NLMSG_ALIGN(begin->nlmsg_len);
    return batch;
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    free(batch->buffer);
    free(batch->labels);
    free(batch);
}

void batch_fail(struct batch *batch, int error)
{
    if (!batch->error)
        batch->error = error;
}

struct nlmsghdr *batch_add(struct batch *batch, uint16_t type, uint16_t flags, const char *label)
{
    if (make_room(batch) < 0) { // what was built is lost; its room serves the messages that nobody will send
        batch_fail(batch, -ENOMEM);
        batch->n = 0;
        batch->messages = 0;
    }
    batch->labels[batch->messages] = label;
    return nftnl_nlmsg_build_hdr((char *)at_end(batch), type, NFPROTO_INET, flags,
                                 batch->first_seq + (uint32_t)batch->messages);
}

void batch_commit(struct batch *batch, const struct nlmsghdr *message)
{
    batch->n += NLMSG_ALIGN(message->nlmsg_len);
    batch->messages++;
}

int batch_finish(struct batch *batch)
{
    struct nlmsghdr *end;

    if (batch->error)
        return batch->error;
    end = nftnl_batch_end((char *)at_end(batch), batch->first_seq + (uint32_t)batch->messages);
    batch->labels[batch->messages++] = "transaction";
    batch->n += NLMSG_ALIGN(end->nlmsg_len);
    return 0;
}

const char *batch_label(const struct batch *batch, uint32_t seq)
{
    uint32_t i = seq - batch->first_seq;

    return i < batch->messages ? batch->labels[i] : "transaction";
}
