// Any SA payload's body: parsed, printed, negotiated with as responder and as initiator.
#include <stdlib.h>
#include <string.h>

#include "ike-d/nego/offer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool what)
{
    if (!what)
        abort();
}

static struct offer *ours[2];

static void set_up(void)
{
    char error[256];

    if (ours[0])
        return;
    require(offer_new(NULL, 0, PROPOSAL_IKE, &ours[0], error, sizeof(error)) == 0);
    require(offer_new(NULL, 0, PROPOSAL_ESP, &ours[1], error, sizeof(error)) == 0);
}

static void check_choice(const struct choice *choice, const struct sa_payload *peer, bool ike)
{
    struct ike_suite ike_suite;
    struct esp_suite esp_suite;

    if (choice->notify == NOTIFY_NO_PROPOSAL_CHOSEN) {
        require(choice->why[0] != '\0');
        return;
    }
    if (ike)
        require(ike_suite_from(&choice->chosen, &ike_suite) == 0);
    else
        require(esp_suite_from(&choice->chosen, &esp_suite) == 0);
    require(peer->n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sa_payload peer;
    static struct sa_payload again;
    static uint8_t buffer[65536];
    struct writer w = writer_of(buffer, sizeof(buffer));
    struct wire_error error = {0};
    struct choice choice;
    struct proposal chosen;
    const char *why = NULL;
    char text[512];

    set_up();
    if (sa_payload_parse(bytes_of(data, size), &peer, &error) != WIRE_OK) {
        require(error.text != NULL && peer.n == 0);
        return 0;
    }
    offer_format_peer(&peer, text, sizeof(text));
    require(strlen(text) < sizeof(text));
    offer_choose_ike(ours[0], &peer, KE_ECP256, &choice);
    check_choice(&choice, &peer, true);
    offer_choose_esp(ours[1], &peer, size % 2, KE_NONE, &choice);
    check_choice(&choice, &peer, false);
    if (offer_accept_answer(ours[0], &peer, &chosen, &why))
        require(why != NULL);
    sa_payload_encode(peer.proposal, peer.n, &w);
    if (writer_ok(&w))
        require(sa_payload_parse(writer_view(&w), &again, &error) == WIRE_OK && again.n == peer.n);
    return 0;
}
