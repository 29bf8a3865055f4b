// SPDX-License-Identifier: BSD-2-Clause
// What one call asks of another: the dialog that a Replaces names, and the leg that joins it.
#include "signaling/b2bua/call_manager.hpp"

namespace portcullis::b2bua {

std::optional<ReplacedDialog> CallManager::find_replaced(const sip::DialogReference& named) {
    const dialog::DialogId ours{std::string(named.call_id), std::string(named.to_tag),
                                std::string(named.from_tag)};
    const dialog::DialogId theirs{ours.call_id, ours.remote_tag, ours.local_tag};
    for (const auto* const id : {&ours, &theirs}) {
        const auto* const entry = dialogs_.find(*id);
        const auto* const call = entry == nullptr ? nullptr : find(entry->owner);
        if (call == nullptr) continue;
        const bool from_afar = id == &theirs;
        const Leg& own = call->leg_of(*id);
        const Leg& replaced = from_afar ? call->leg(other(own.side)) : own;
        return ReplacedDialog{entry->owner, *id, from_afar, replaced.trunk, replaced.realm};
    }
    return std::nullopt;
}

std::optional<dialog::DialogId> CallManager::other_dialog(const ReplacedDialog& named) {
    const auto* const call = find(named.call);
    return call == nullptr ? std::nullopt : call->other_dialog(named.dialog);
}

std::optional<Leg> CallManager::lend_leg(const ReplacedDialog& named, CallId to) {
    auto* const call = find(named.call);
    return call == nullptr ? std::nullopt : call->lend_leg(named.dialog, to);
}

policy::CallToken CallManager::keep_leg(CallId lender) {
    auto* const call = find(lender);
    return call == nullptr ? policy::CallToken() : call->give_leg();
}

bool CallManager::return_leg(CallId lender, const Leg& leg, bool lost) {
    auto* const call = find(lender);
    return call != nullptr && call->take_leg_back(leg, lost);
}

bool CallManager::hand_on(CallId to, transaction::ServerId id, const sip::MessagePtr& request,
                          const transport::Source& source) {
    auto* const call = find(to);
    if (call == nullptr) return false;
    if (request->method() == sip::Method::Invite) bind(id, to);
    call->on_request(id, request, source, dialog::id_of_request(*request));
    return true;
}

}  // namespace portcullis::b2bua
