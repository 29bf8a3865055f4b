// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/core.hpp"

#include "common/base/text.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/call_attributes.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

using sip::Method;

constexpr sip::Warning kUnsupported("an extension is required that is not supported");

HeaderList allow_header(const config::SessionConfig& session) {
    return {{"Allow", allow_value(session)}};
}

}  // namespace

void Core::answer(transaction::ServerId id, const sip::Message& request, int code,
                  HeaderList headers) {
    const auto tag = shard::make_tag(calls_.slot());
    transactions_->respond(
        id, make_response(
                request, code,
                {.to_tag = tag, .contact = nullptr, .sdp = {}, .headers = std::move(headers)}));
}

void Core::refuse(Call& call, transaction::ServerId id, const sip::Message& request, int code,
                  sip::Warning why, HeaderList headers) {
    call.note(text::printable(request.method_text(), 32) + " answered " + std::to_string(code) +
              ": " + std::string(why.text()));
    refuse(id, request, code, why, std::move(headers));
}

void Core::on_request(transaction::ServerId id, sip::MessagePtr request,
                      const transport::Source& source) {
    if (!request->essentials().to_tag.empty()) {
        in_dialog(id, request, source);
    } else {
        out_of_dialog(id, request, source);
    }
    calls_.reap();
}

void Core::in_dialog(transaction::ServerId id, const sip::MessagePtr& request,
                     const transport::Source& source) {
    auto* const entry = calls_.dialogs().find_for_request(*request);
    auto* const call = entry == nullptr ? nullptr : calls_.find(entry->owner);
    if (call == nullptr && passages_.knows(*request)) {
        const auto* const leg = passages_.leg_of(*request);
        if (may_speak_for(*leg, source) || proves_itself(id, *request, source, *leg)) {
            passages_.on_request(id, request, source);
        }
        return;
    }
    if (call == nullptr) {
        ++counters_.without_dialog;
        refuse(id, *request, 481, "no such dialog");
        return;
    }
    const auto dialog = entry->dialog.id();
    if (!may_speak_for(call->leg_of(dialog), source)) {
        if (!proves_itself(id, *request, source, call->leg_of(dialog), call)) return;
        call->moved(dialog, source.remote.address);
    }
    if (request->essentials().max_forwards == 0U && request->method() != Method::Bye) {
        refuse(*call, id, *request, 483, "Max-Forwards is used up");
        return;
    }
    if (entry->dialog.receive_sequence(request->essentials().cseq.number) !=
        dialog::SequenceCheck::InOrder) {
        refuse(*call, id, *request, 500, "CSeq is lower than before");  // 12.2.2
        return;
    }
    const auto& session = call->leg_of(dialog).session;
    if (const auto unsupported = unsupported_options(*request, session); !unsupported.empty()) {
        refuse(*call, id, *request, 420, kUnsupported, {{"Unsupported", unsupported}});
        return;
    }
    if (request->method() == Method::Options) {
        ++counters_.options_answered;
        answer(id, *request, 200, allow_header(session));
        return;
    }
    if (request->method() == Method::Invite) calls_.bind(id, call->id());
    call->on_request(id, request, source, dialog);
}

void Core::out_of_dialog(transaction::ServerId id, const sip::MessagePtr& request,
                         const transport::Source& source) {
    if (request->method() == Method::Invite) {
        new_call(id, request, source);
        return;
    }
    if (request->essentials().max_forwards == 0U) {
        refuse(id, *request, 483, "Max-Forwards is used up");
        return;
    }
    // 8.2.2.3: whatever the method, what it requires has to be understood.
    if (const auto unsupported = unsupported_options(*request, {}); !unsupported.empty()) {
        refuse(id, *request, 420, kUnsupported, {{"Unsupported", unsupported}});
        return;
    }
    switch (request->method()) {
        case Method::Bye:
        case Method::Prack:
        case Method::Update:
        case Method::Info:
            ++counters_.without_dialog;
            refuse(id, *request, 481, "no such dialog");
            break;
        default:
            pass_on(id, request, source);
    }
}

// A request outside of calls that its trunk may send further (design: refused by default).
void Core::pass_on(transaction::ServerId id, const sip::MessagePtr& request,
                   const transport::Source& source) {
    const auto config = calls_.config();
    const std::string realm(realm_of(source));
    const auto found = policy::classify(*config->policy, facts_of(*request, source, realm));
    const auto none = config::SessionConfig{};
    const auto& session = found.trunk == nullptr ? none : found.trunk->session;
    const bool may_pass =
        found.trunk != nullptr && passes(session.pass_out_of_dialog, request->method()) &&
        // Without a user it asks about us (RFC 3261 section 11.2).
        (request->method() != Method::Options || !request->essentials().request_uri.user.empty());
    if (!may_pass && request->method() == Method::Options) {
        ++counters_.options_answered;
        answer(id, *request, 200,
               {allow_header(session).front(), {"Accept", std::string(kSdpType)}});
        return;
    }
    if (!may_pass) {
        const bool unknown = request->method() == Method::Unknown;
        refuse(id, *request, unknown ? 501 : 405, "method is not served here",
               allow_header(session));
        return;
    }
    const auto& trunk = found.trunk->name;
    const auto calling = calling_number(*config->policy, *request, realm, trunk);
    auto decision = policy::decide(*config->policy,
                                   attributes_of({.source = source,
                                                  .realm = realm,
                                                  .trunk = trunk,
                                                  .calling = calling,
                                                  .request = request.get()},
                                                 number_of(request->essentials().request_uri)));
    if (const auto* const reject = decision.reject()) {
        refuse(id, *request, reject->code, "refused by policy", retry_after(reject->retry_after));
        return;
    }
    auto route = *decision.proceed();
    if (std::string reason; !keep_usable_targets(route, reason)) {
        refuse(id, *request, 503, "nobody can take the request now");
        return;
    }
    passages_.begin({.uas = id,
                     .request = request,
                     .source = source,
                     .realm = realm,
                     .trunk = found.trunk->name,
                     .route = std::move(route)});
}

bool Core::on_ack(sip::MessagePtr ack, const transport::Source& source) {
    auto* const entry = calls_.dialogs().find_for_request(*ack);
    auto* const call = entry == nullptr ? nullptr : calls_.find(entry->owner);
    // Of a call that is over: enough that its 2xx has arrived.
    if (call == nullptr) return true;
    const auto& leg = call->leg_of(entry->dialog.id());
    if (!may_speak_for(leg, source)) {
        ++counters_.dropped_foreign;
        report_foreign(*ack, source, leg);
        call->note("ACK from " + source.remote.text() + " not heard: not from this address");
        return false;
    }
    call->on_ack(ack);
    calls_.reap();
    return true;
}

// A CANCEL cannot be challenged (RFC 3261 section 22.1): it is its sender's or it is refused.
transaction::Verdict Core::judge_cancel(transaction::ServerId invite, const sip::Message& cancel,
                                        const transport::Source& source) {
    auto* const call = calls_.find(invite);
    if (call == nullptr) return {};
    const auto& essentials = cancel.essentials();
    const auto& leg = call->leg_of({std::string(essentials.call_id), std::string(essentials.to_tag),
                                    std::string(essentials.from_tag)});
    if (may_speak_for(leg, source)) return {};
    ++counters_.refused_foreign;
    report_foreign(cancel, source, leg);
    call->note("CANCEL from " + source.remote.text() + " answered 403: not from this address");
    return transaction::Verdict::refuse(403, kForeign);
}

void Core::on_cancel(transaction::ServerId, transaction::ServerId invite, sip::MessagePtr request,
                     const transport::Source&) {
    if (auto* const call = calls_.find(invite)) call->on_cancel(invite, request);
    calls_.reap();
}

void Core::on_response(transaction::ClientId id, sip::MessagePtr response,
                       const transport::Source& source) {
    if (trunks_ != nullptr && trunks_->owns(id)) return trunks_->on_response(id, response);
    const bool success =
        response->method() == Method::Invite && sip::is_success(response->status_code());
    if (passages_.on_response(id, response, source)) return;
    if (auto* const call = calls_.find(id)) {
        call->on_response(id, response, source);
    } else if (success && calls_.tombstones().meet(id, *response) == Tombstones::Met::None) {
        ++counters_.stray_successes;
    }
    calls_.errands().on_response(id, *response);
    calls_.reap();
}

void Core::on_stray_response(sip::MessagePtr response, const transport::Source&) {
    if (response->method() != Method::Invite || !sip::is_success(response->status_code())) return;
    if (calls_.tombstones().meet_stray(*response) == Tombstones::Met::None) {
        ++counters_.stray_successes;
    }
}

void Core::on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) {
    if (trunks_ != nullptr && trunks_->owns(id)) return trunks_->on_client_failure(id, failure);
    if (passages_.on_client_failure(id, failure)) return;
    if (auto* const call = calls_.find(id)) call->on_client_failure(id, failure);
    calls_.reap();
}

void Core::on_server_timeout(transaction::ServerId) {}

void Core::on_missing_ack(transaction::ServerId id) {
    if (auto* const call = calls_.find(id)) call->on_missing_ack(id);
    calls_.reap();
}

void Core::on_server_transport_error(transaction::ServerId) {}

void Core::on_client_terminated(transaction::ClientId id) {
    if (trunks_ != nullptr && trunks_->owns(id)) return trunks_->on_client_terminated(id);
    if (auto* const call = calls_.find(id)) call->on_client_terminated(id);
    calls_.unbind(id);
}

void Core::on_server_terminated(transaction::ServerId id) { calls_.unbind(id); }

}  // namespace portcullis::b2bua
