// SPDX-License-Identifier: BSD-2-Clause
// Core's new calls: what an INVITE must have before policy is asked, and what becomes of it.
#include "common/base/log.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/call_attributes.hpp"
#include "signaling/b2bua/core.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/sip/status.hpp"
#include "signaling/trunk/target_choice.hpp"

namespace portcullis::b2bua {
namespace {

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

}  // namespace

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
                    .calling = calling_number(*config->policy, *request, realm, found.trunk->name),
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
    const auto decision = policy::decide(*config->policy, attributes_of({.source = source,
                                                                         .realm = setup.realm,
                                                                         .trunk = setup.trunk,
                                                                         .calling = setup.calling,
                                                                         .request = request.get()},
                                                                        setup.called));
    if (const auto* const reject = decision.reject()) {
        refuse_call(id, *request, setup, reject->code, reject->reason,
                    retry_after(reject->retry_after));
        return;
    }
    setup.route = *decision.proceed();
    if (std::string reason; !keep_usable_targets(setup.route, reason)) {
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
    const auto known = calls_.watched(essentials.call_id);
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

bool Core::keep_usable_targets(policy::Proceed& route, std::string& reason) const {
    if (trunk_view_ == nullptr) return true;
    auto& targets = route.targets;
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

}  // namespace portcullis::b2bua
