// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/core.hpp"

#include "common/base/log.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/call_attributes.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

using sip::Method;

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
        answer(id, *request, 481);
        return;
    }
    const auto dialog = entry->dialog.id();
    if (!may_speak_for(call->leg_of(dialog), source)) {
        if (!proves_itself(id, *request, source, call->leg_of(dialog))) return;
        call->moved(dialog, source.remote.address);
    }
    if (request->essentials().max_forwards == 0U && request->method() != Method::Bye) {
        answer(id, *request, 483);
        return;
    }
    if (entry->dialog.receive_sequence(request->essentials().cseq.number) !=
        dialog::SequenceCheck::InOrder) {
        answer(id, *request, 500);  // 12.2.2
        return;
    }
    const auto& session = call->leg_of(dialog).session;
    if (const auto unsupported = unsupported_options(*request, session); !unsupported.empty()) {
        answer(id, *request, 420, {{"Unsupported", unsupported}});
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
        answer(id, *request, 483);
        return;
    }
    // 8.2.2.3: whatever the method, what it requires has to be understood.
    if (const auto unsupported = unsupported_options(*request, {}); !unsupported.empty()) {
        answer(id, *request, 420, {{"Unsupported", unsupported}});
        return;
    }
    switch (request->method()) {
        case Method::Bye:
        case Method::Prack:
        case Method::Update:
        case Method::Info:
            ++counters_.without_dialog;
            answer(id, *request, 481);
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
        answer(id, *request, unknown ? 501 : 405, allow_header(session));
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
        answer(id, *request, reject->code, retry_after(reject->retry_after));
        return;
    }
    auto route = *decision.proceed();
    if (std::string reason; !keep_usable_targets(route, reason)) {
        answer(id, *request, 503);
        return;
    }
    passages_.begin({.uas = id,
                     .request = request,
                     .source = source,
                     .realm = realm,
                     .trunk = found.trunk->name,
                     .route = std::move(route)});
}

void Core::on_ack(sip::MessagePtr ack, const transport::Source& source) {
    auto* const entry = calls_.dialogs().find_for_request(*ack);
    auto* const call = entry == nullptr ? nullptr : calls_.find(entry->owner);
    if (call != nullptr && may_speak_for(call->leg_of(entry->dialog.id()), source)) {
        call->on_ack(ack);
    }
    calls_.reap();
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
