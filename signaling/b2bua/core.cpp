// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/core.hpp"

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/sip/status.hpp"
#include "signaling/trunk/target_choice.hpp"

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
    if (call == nullptr && passages_.knows(*request)) {
        const auto* const leg = passages_.leg_of(*request);
        if (may_speak_for(*leg, source)) {
            passages_.on_request(id, request, source);
        } else {
            ++counters_.refused_foreign;
            answer(id, *request, 403);
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
    return trunk != nullptr && policy::belongs_to(*trunk, source.remote.address,
                                                  calls_.trunk_states().resolved().get());
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

policy::CallAttributes Core::attributes_of(const sip::Message& request,
                                           const transport::Source& source,
                                           const std::string& realm,
                                           const std::string& trunk) const {
    const auto& essentials = request.essentials();
    return {.realm = realm,
            .interface = source.interface,
            .trunk = trunk,
            .source = source.remote,
            .transport = source.transport,
            .called = number_of(essentials.request_uri),
            .calling = number_of(essentials.from.uri),
            .request_host = std::string(essentials.request_uri.host),
            .from_host = std::string(essentials.from.uri.host),
            .entropy = random_u64()};
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
    if (const auto unsupported = unsupported_options(*request, session); !unsupported.empty()) {
        answer(id, *request, 420, {{"Unsupported", unsupported}});
        return;
    }
    auto decision =
        policy::decide(*config->policy, attributes_of(*request, source, realm, found.trunk->name));
    if (const auto* const reject = decision.reject()) {
        answer(id, *request, reject->code, retry_after(reject->retry_after));
        return;
    }
    passages_.begin({.uas = id,
                     .request = request,
                     .source = source,
                     .realm = realm,
                     .trunk = found.trunk->name,
                     .route = *decision.proceed()});
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
    if (returns_unchanged(*request)) {
        refuse_call(id, *request, setup, 482, "our own INVITE came back unchanged");
        return;
    }
    if (request->has(sip::HeaderId::Join)) {
        // RFC 3911: taken for an ordinary call, it would be one that nobody asked for.
        refuse_call(id, *request, setup, 488, "Join is not supported",
                    {{"Warning", sip::print_warning(399, "portcullis", "Join is not supported")}});
        return;
    }
    auto token = calls_.admission().reserve_call(*found.trunk, calls_.clock().now());
    if (!token) {
        refuse_call(id, *request, setup, token.error().code, token.error().reason,
                    retry_after(token.error().retry_after));
        return;
    }
    if (request->has(sip::HeaderId::Replaces)) {
        setup.route.ingress = found.trunk->media;
        setup.route.session = found.trunk->session;
        setup.ingress_token = std::move(*token);
        if (replaces_call(setup)) return;
        token = std::move(setup.ingress_token);
    }
    const auto decision =
        policy::decide(*config->policy, attributes_of(*request, source, setup.realm, setup.trunk));
    if (const auto* const reject = decision.reject()) {
        refuse_call(id, *request, setup, reject->code, reject->reason,
                    retry_after(reject->retry_after));
        return;
    }
    setup.route = *decision.proceed();
    if (std::string reason; !keep_usable_targets(setup, reason)) {
        refuse_call(id, *request, setup, 503, std::move(reason));
        return;
    }
    setup.ingress_token = std::move(*token);
    calls_.create(std::move(setup)).start();
}

// A proxy sent our INVITE back as it was: a loop. With another number it is a spiral, and allowed
// (RFC 3261 section 16.3 item 4).
bool Core::returns_unchanged(const sip::Message& request) {
    const auto& essentials = request.essentials();
    const auto known = calls_.watched(std::string(essentials.call_id));
    const auto* const call = known ? calls_.find(known->call) : nullptr;
    return call != nullptr &&
           call->is_calling(essentials.call_id, number_of(essentials.request_uri));
}

// An INVITE with Replaces (RFC 3891 section 3). True: answered, or on its way.
bool Core::replaces_call(CallSetup& setup) {
    using config::TransferHandling;
    const auto& request = *setup.invite;
    const auto values = request.values(sip::HeaderId::Replaces);
    const auto named = values.size() == 1
                           ? sip::parse_replaces(values.front())
                           : Result<sip::DialogReference>(fail(sip::Errc::MalformedValue));
    const auto handling = setup.route.session.replaces;
    if (!named) {
        refuse_call(setup.uas, request, setup, 400, "Replaces is malformed");
        return true;
    }
    if (handling == TransferHandling::Reject) {
        refuse_call(setup.uas, request, setup, 403, "Replaces is refused to this trunk");
        return true;
    }
    auto found = calls_.find_replaced(*named);
    if (!found) {
        refuse_call(setup.uas, request, setup, 481, "Replaces names no call");
        return true;
    }
    auto* const call = calls_.find(found->call);
    if (named->early_only && call->state() == CallState::Connected) {
        refuse_call(setup.uas, request, setup, 486, "the call to be replaced is answered");
        return true;
    }
    if (handling == TransferHandling::Local) {
        calls_.bind(setup.uas, call->id());
        call->replace_by_invite(std::move(setup), *found);
        return true;
    }
    const auto& known =
        found->from_afar ? std::optional(found->dialog) : call->other_dialog(found->dialog);
    if (!known) {
        refuse_call(setup.uas, request, setup, 481, "Replaces names no call of two legs");
        return true;
    }
    setup.replaces = sip::print_replaces({.call_id = known->call_id,
                                          .to_tag = known->remote_tag,
                                          .from_tag = known->local_tag,
                                          .early_only = named->early_only});
    return false;
}

bool Core::keep_usable_targets(CallSetup& setup, std::string& reason) const {
    if (trunk_view_ == nullptr) return true;
    auto& targets = setup.route.targets;
    const auto choice = trunk::choose_targets(trunk_view_->states(), targets, calls_.clock().now());
    std::vector<policy::Target> kept;
    for (const auto i : choice.chosen) kept.push_back(std::move(targets[i]));
    targets = std::move(kept);
    if (targets.empty()) reason = choice.skipped.front().reason;
    return !targets.empty();
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
    if (trunks_ != nullptr && trunks_->owns(id)) return trunks_->on_response(id, response);
    const bool success =
        response->method() == Method::Invite && sip::is_success(response->status_code());
    if (passages_.on_response(id, response, source)) return;
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
    calls_.unbind(id);
}

void Core::on_server_terminated(transaction::ServerId id) { calls_.unbind(id); }

}  // namespace portcullis::b2bua
