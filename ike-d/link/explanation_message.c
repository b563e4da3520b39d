#include "ike-d/link/explanation_message.h"

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "ike-d/exch/explanation.h"
#include "ike-d/link/status_page.h"

_Static_assert((int)EXPLANATION_NOT_REACHED == (int)BULKHEAD__V1__EXPLAIN_RESULT__EXPLAIN_RESULT_NOT_REACHED,
               "the results are those of bulkhead.v1.ExplainResult");

// Everything in it is lent by the explanation but the status.
struct answer {
    Bulkhead__Internal__V1__IkeExplainResponse response;
    Bulkhead__V1__ExplainTunnelResponse out;
    Bulkhead__V1__ExplainStep steps[EXPLANATION_STEPS_MAX];
    Bulkhead__V1__ExplainStep *step_list[EXPLANATION_STEPS_MAX];
    char *warnings[EXPLANATION_WARNINGS_MAX];
};

static void fill(struct answer *answer, struct explanation *explanation)
{
    bulkhead__internal__v1__ike_explain_response__init(&answer->response);
    bulkhead__v1__explain_tunnel_response__init(&answer->out);
    answer->response.explanation = &answer->out;
    answer->out.summary = explanation->summary;
    answer->out.steps = answer->step_list;
    answer->out.n_steps = explanation->steps_n;
    for (unsigned i = 0; i < explanation->steps_n; i++) {
        Bulkhead__V1__ExplainStep *step = &answer->steps[i];
        bulkhead__v1__explain_step__init(step);
        step->name = explanation->steps[i].name;
        step->result = (Bulkhead__V1__ExplainResult)explanation->steps[i].result; // same numbers
        step->text = explanation->steps[i].text;
        answer->step_list[i] = step;
    }
    answer->out.warnings = answer->warnings;
    answer->out.n_warnings = explanation->warnings_n;
    for (unsigned i = 0; i < explanation->warnings_n; i++) {
        answer->warnings[i] = explanation->warnings[i];
    }
}

void explanation_message_reply(struct ipc_request *request, const struct tunnel *tunnel)
{
    struct explanation explanation;
    struct answer answer;
    explanation_make(tunnel, &explanation);
    fill(&answer, &explanation);
    answer.out.tunnel = status_page_single(tunnel);
    if (!answer.out.tunnel) {
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    ipc_request_reply(request, &answer.response.base);
    bulkhead__v1__tunnel_status__free_unpacked(answer.out.tunnel, NULL);
}
