// SPDX-License-Identifier: BSD-2-Clause
// The peer's events: what the wire said, told to the script, and what is answered without it.
#include <sofia-sip/msg_header.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <strings.h>

#include <string>

#include "tests/peers/sofia_peer/console.hpp"
#include "tests/peers/sofia_peer/endpoint.hpp"
#include "tests/peers/sofia_peer/message_text.hpp"

namespace sofia_peer {
namespace {

bool is_response(nua_event_t event) { return event >= nua_r_set_params && event != nua_i_register; }

// nua's own housekeeping, of no interest to a script.
bool is_quiet(nua_event_t event) {
    return event == nua_r_set_params || event == nua_r_get_params || event == nua_i_active ||
           event == nua_i_terminated || event == nua_r_authenticate;
}

const char* state_name(const tagi_t* tags) {
    int state = nua_callstate_init;
    tl_gets(tags, NUTAG_CALLSTATE_REF(state), TAG_END());
    return nua_callstate_name(static_cast<enum nua_callstate>(state));
}

}  // namespace

void Endpoint::on_nua_event(nua_event_t event, int status, const char* phrase, nua_handle_t* handle,
                            Leg* leg, const sip_t* sip, const tagi_t* tags) {
    if (event == nua_r_shutdown) {
        if (status >= 200) su_root_break(root_);
        return;
    }
    if (is_quiet(event)) return;
    if (leg == nullptr && handle != nullptr) leg = &adopt(handle);
    Json told = {{"call", leg == nullptr ? "" : leg->name()}, {"name", nua_event_name(event)}};
    if (event == nua_i_state) {
        told["event"] = "state";
        told["state"] = state_name(tags);
    } else if (sip != nullptr && sip->sip_request != nullptr) {
        told["event"] = "request";
        told["text"] = message_text(nua_current_request(nua_));
    } else if (is_response(event)) {
        told["event"] = "response";
        told["status"] = status;
        told["phrase"] = phrase == nullptr ? "" : phrase;
        // Without a message the stack speaks for itself: a time-out, an unreachable address.
        told["text"] = sip == nullptr ? "" : message_text(nua_current_request(nua_));
    } else {
        told["event"] = "notice";
        told["status"] = status;
        told["phrase"] = phrase == nullptr ? "" : phrase;
    }
    print_event(told);
    if (leg == nullptr || ending_) return;
    if (sip != nullptr && sip->sip_request != nullptr) {
        on_request(event, *leg, sip, tags);
    } else if (is_response(event)) {
        on_response(event, *leg, status, sip);
    }
}

void Endpoint::on_request(nua_event_t event, Leg& leg, const sip_t* sip, const tagi_t* tags) {
    const std::string name = sip->sip_request->rq_method_name;
    msg_t* request = nua_current_request(nua_);
    if (event == nua_i_ack || event == nua_i_cancel || event == nua_i_bye || event == nua_i_notify)
        return;  // nua has answered where an answer is due
    if (event == nua_i_refer) {
        const sip_event_t* refer_event = nullptr;
        tl_gets(tags, NUTAG_REFER_EVENT_REF(refer_event), TAG_END());
        leg.keep_refer_event(refer_event);
    }
    const bool answer = event == nua_i_prack && leg.answer_in_prack;
    if (event == nua_i_prack && has_sdp(sip)) leg.answer_in_prack = false;
    const bool offer = has_sdp(sip) && !answer && event != nua_i_options;
    if (event == nua_i_invite || offer || options_.manual.count(name) != 0) {
        leg.keep_request(name, request);
        return;
    }
    const bool pending = event == nua_i_refer || event == nua_i_subscribe;
    const int status = pending ? 202 : 200;
    nua_respond(leg.handle(), status, sip_status_phrase(status), NUTAG_WITH(request), TAG_END());
}

void Endpoint::on_response(nua_event_t event, Leg& leg, int status, const sip_t* sip) {
    if (sip != nullptr && (status == 401 || status == 407)) {
        if (answer_challenge(leg, sip)) return;
    }
    if (event == nua_r_invite && sip != nullptr) on_invite_response(leg, status, sip);
}

void Endpoint::on_invite_response(Leg& leg, int status, const sip_t* sip) {
    const bool ours = leg.offer_sent || !has_sdp(sip);  // nothing for the script to answer
    if (status > 100 && status < 200 && sip->sip_rseq != nullptr) {
        leg.rseq = static_cast<std::uint32_t>(sip->sip_rseq->rs_response);
        leg.cseq = sip->sip_cseq->cs_seq;
        if (leg.manual_prack || !ours) return;
        run({{"do", "prack"}, {"call", leg.name()}});
    } else if (status >= 200 && status < 300 && !leg.manual_ack && ours) {
        nua_ack(leg.handle(), TAG_END());
    }
}

bool Endpoint::answer_challenge(Leg& leg, const sip_t* sip) {
    if (leg.user.empty() || leg.challenge_seen) return false;
    leg.challenge_seen = true;
    const msg_auth_t* challenge =
        sip->sip_status->st_status == 401 ? sip->sip_www_authenticate : sip->sip_proxy_authenticate;
    for (; challenge != nullptr; challenge = challenge->au_next) {
        const char* realm = msg_header_find_param(challenge->au_common, "realm=");
        const char* algorithm = msg_header_find_param(challenge->au_common, "algorithm=");
        if (realm == nullptr || (algorithm != nullptr && strcasecmp(algorithm, "MD5") != 0 &&
                                 strcasecmp(algorithm, "\"MD5\"") != 0))
            continue;
        const std::string credentials =
            std::string(challenge->au_scheme) + ":" + realm + ":" + leg.user + ":" + leg.password;
        nua_authenticate(leg.handle(), NUTAG_AUTH(credentials.c_str()), TAG_END());
        return true;
    }
    return false;
}

}  // namespace sofia_peer
