#include "ike-d/exch/stray_answer.h"

#include "ike-d/wire/message_writer.h"

void stray_answer_send(struct ike_core *core, const struct arrival *arrival, enum notify_type type, struct bytes data)
{
    if (!arrival->header.response && ratelimit_take(&core->stray_answers, ike_core_now_ms(core))) {
        stray_answer_send_always(core, arrival, type, data);
    }
}

void stray_answer_send_always(struct ike_core *core, const struct arrival *arrival, enum notify_type type,
                              struct bytes data)
{
    struct ike_header header = {
        .initiator_spi = arrival->header.initiator_spi,
        .responder_spi = arrival->header.responder_spi,
        .exchange = arrival->header.exchange,
        .initiator = !arrival->header.initiator,
        .response = true,
        .message_id = arrival->header.message_id,
    };
    uint8_t buffer[256];
    struct message_writer mw;
    struct bytes message;
    message_begin(&mw, buffer, sizeof(buffer), &header);
    message_put_status(&mw, type, data);
    if (message_finish(&mw, &message) == 0 && message.n <= arrival->n) {
        core->env->send(core->env->arg, &arrival->local, &arrival->remote, message);
    }
}
