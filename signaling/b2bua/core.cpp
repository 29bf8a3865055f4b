// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/core.hpp"

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

using sip::Method;

// The user part as policy sees it: unescaped, without the parameters inside it.
std::string number_of(const sip::Uri& uri) {
    return std::string(text::cut(uri.user_text(), ';').first);
}

// Whether Contact and Record-Route say where the dialog's requests go (12.1.1).
bool makes_a_dialog(const sip::Message& request) {
    const auto is_sip = [](std::string_view value) {
        const auto address = sip::parse_name_addr(value);
        return address && address->uri.is_sip();
    };
    const auto contacts = request.values(sip::HeaderId::Contact);
    const auto routes = request.values(sip::HeaderId::RecordRoute);
    return contacts.size() == 1 && is_sip(contacts.front()) &&
           std::all_of(routes.begin(), routes.end(), is_sip);
}

HeaderList allow_header(const config::SessionConfig& session) {
    return {{"Allow", allow_value(session)}};
}

HeaderList retry_after(std::chrono::seconds after) {
    if (after.count() <= 0) return {};
    return {{"Retry-After", std::to_string(after.count())}};
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
    if (call == nullptr) {
        ++counters_.without_dialog;
        answer(id, *request, 481);
        return;
    }
    const auto dialog = entry->dialog.id();
    if (!may_speak_for(call->leg_of(dialog), source)) {
        ++counters_.refused_foreign;
        log::component("security")
            .warn("foreign_in_dialog_request call_id={} source={} method={}",
                  CallManager::text(call->id()), source.remote.text(), request->method_text());
        answer(id, *request, 403);
        return;
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

// The leg's own peer, on whatever port, or another address of its trunk (design: a request with the
// right tags from elsewhere proves nothing).
bool Core::may_speak_for(const Leg& leg, const transport::Source& source) const {
    if (source.remote.address == leg.signaling_source) return true;
    const auto config = calls_.config();
    const auto* const trunk = config->policy->find_trunk(leg.trunk);
    return trunk != nullptr && policy::belongs_to(*trunk, source.remote.address);
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
    switch (request->method()) {
        case Method::Options:
            ++counters_.options_answered;
            answer(id, *request, 200,
                   {allow_header({}).front(), {"Accept", std::string(kSdpType)}});
            break;
        case Method::Bye:
        case Method::Prack:
        case Method::Update:
        case Method::Info:
            ++counters_.without_dialog;
            answer(id, *request, 481);
            break;
        case Method::Unknown:
            answer(id, *request, 501, allow_header({}));
            break;
        default:
            answer(id, *request, 405, allow_header({}));
    }
}

void Core::new_call(transaction::ServerId id, const sip::MessagePtr& request,
                    const transport::Source& source) {
    const auto config = calls_.config();
    const auto realm = realm_of(source);
    const auto found = policy::classify(*config->policy, facts_of(*request, source, realm));
    // Not after screen(), which asked the same question of the same configuration.
    if (found.trunk == nullptr) return answer(id, *request, 403);
    const auto& essentials = request->essentials();
    CallSetup setup{.uas = id,
                    .invite = request,
                    .source = source,
                    .realm = std::string(realm),
                    .trunk = found.trunk->name,
                    .called = number_of(essentials.request_uri),
                    .calling = number_of(essentials.from.uri),
                    .route = {},
                    .ingress_token = {},
                    .config_revision = config->version.value};
    if (essentials.max_forwards == 0U) {
        refuse_call(id, *request, setup, 483, "Max-Forwards is used up");
        return;
    }
    if (const auto unsupported = unsupported_options(*request, found.trunk->session);
        !unsupported.empty()) {
        refuse_call(id, *request, setup, 420, "requires " + unsupported,
                    {{"Unsupported", unsupported}});
        return;
    }
    if (!makes_a_dialog(*request)) {
        refuse_call(id, *request, setup, 400, "INVITE without usable Contact");  // 8.1.1.8
        return;
    }
    auto token = calls_.admission().reserve_call(*found.trunk, calls_.clock().now());
    if (!token) {
        refuse_call(id, *request, setup, token.error().code, token.error().reason,
                    retry_after(token.error().retry_after));
        return;
    }
    const auto decision =
        policy::decide(*config->policy, {.realm = setup.realm,
                                         .interface = source.interface,
                                         .trunk = setup.trunk,
                                         .source = source.remote,
                                         .transport = source.transport,
                                         .called = setup.called,
                                         .calling = setup.calling,
                                         .request_host = std::string(essentials.request_uri.host),
                                         .from_host = std::string(essentials.from.uri.host),
                                         .entropy = random_u64()});
    if (const auto* const reject = decision.reject()) {
        refuse_call(id, *request, setup, reject->code, reject->reason,
                    retry_after(reject->retry_after));
        return;
    }
    setup.route = *decision.proceed();
    setup.ingress_token = std::move(*token);
    calls_.create(std::move(setup)).start();
}

void Core::refuse_call(transaction::ServerId id, const sip::Message& request,
                       const CallSetup& setup, int code, std::string cause, HeaderList headers) {
    answer(id, request, code, std::move(headers));
    record::CallRecord record;
    record.call_id = calls_.next_call_text();
    record.a_sip_call_id = request.essentials().call_id;
    record.from_number = record.from_number_original = setup.calling;
    record.to_number = record.to_number_original = setup.called;
    record.a_realm = setup.realm;
    record.a_trunk = setup.trunk;
    record.started_at = record.ended_at = calls_.clock().wall_now();
    record.sip_code = code;
    record.sip_reason = sip::default_reason(code);
    record.q850 = record::q850_cause(code);
    record.cause = std::move(cause);
    record.config_revision = setup.config_revision;
    calls_.write_record(std::move(record));
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
    const bool success =
        response->method() == Method::Invite && sip::is_success(response->status_code());
    if (auto* const call = calls_.find(id)) {
        call->on_response(id, response, source);
    } else if (success && !calls_.tombstones().meet(id, *response)) {
        ++counters_.stray_successes;
    }
    calls_.errands().on_response(id, *response);
    calls_.reap();
}

void Core::on_stray_response(sip::MessagePtr response, const transport::Source&) {
    if (response->method() != Method::Invite || !sip::is_success(response->status_code())) return;
    if (!calls_.tombstones().meet_stray(*response)) ++counters_.stray_successes;
}

void Core::on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) {
    if (auto* const call = calls_.find(id)) call->on_client_failure(id, failure);
    calls_.reap();
}

void Core::on_server_timeout(transaction::ServerId) {}

void Core::on_missing_ack(transaction::ServerId id) {
    if (auto* const call = calls_.find(id)) call->on_missing_ack(id);
    calls_.reap();
}

void Core::on_server_transport_error(transaction::ServerId) {}

void Core::on_client_terminated(transaction::ClientId id) { calls_.unbind(id); }

void Core::on_server_terminated(transaction::ServerId id) { calls_.unbind(id); }

}  // namespace portcullis::b2bua
