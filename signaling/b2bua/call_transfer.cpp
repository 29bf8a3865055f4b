// SPDX-License-Identifier: BSD-2-Clause
// REFER within a call: refused, passed on, or carried out here (RFC 3515, RFC 5589).
#include "common/base/text.hpp"
#include "policy/engine.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/hold.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/refer_headers.hpp"
#include "signaling/sip/sipfrag.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::string_view kSipFrag = "message/sipfrag;version=2.0";

}  // namespace

void Call::on_refer(transaction::ServerId id, const sip::MessagePtr& request, Side from) {
    using config::TransferHandling;
    const Leg& referrer = leg_at(from);
    const auto values = request->values(sip::HeaderId::ReferTo);
    const auto target = values.size() == 1 ? sip::parse_refer_to(values.front())
                                           : Result<sip::ReferTo>(fail(sip::Errc::MalformedValue));
    if (!target || !target->address.uri.is_sip()) {
        refuse(id, *request, 400, "one Refer-To with a SIP URI is needed");  // RFC 3515 2.4.2
        return;
    }
    if (referrer.session.refer == TransferHandling::Reject) {
        refuse(id, *request, 603, "transfers are refused to this trunk");
        return;
    }
    if (referrer.session.refer == TransferHandling::Pass) {
        pass_refer(id, request, from, *target);
        return;
    }
    if (target->method != sip::Method::Invite) {
        refuse(id, *request, 403, "only calls can be transferred");
        return;
    }
    if (transfer_ || exchange_ || refresh_ || parked_ || lent_ || awaiting_delayed_answer_) {
        refuse(id, *request, 491, "another change of the call is on its way");
        return;
    }
    begin_transfer(id, *request, from, *target);
}

void Call::begin_transfer(transaction::ServerId id, const sip::Message& request, Side from,
                          const sip::ReferTo& target) {
    Transfer begun;
    begun.from = from;
    // Several REFERs in one dialog are told apart by the CSeq of each (RFC 3515 section 2.4.6).
    begun.event = "refer";
    if (++transfers_ > 1) {
        begun.event += ";id=" + std::to_string(request.essentials().cseq.number);
    }
    const auto wish = request.header("Refer-Sub");
    begun.notifies = !(wish && text::iequals(text::trim(text::cut(*wish, ';').first), "false"));
    const auto by = request.header(sip::HeaderId::ReferredBy);
    begun.referred_by = std::string(by.value_or(""));
    story("transfer asked by leg " + std::string(from == Side::A ? "a" : "b"));
    ResponseParts parts;
    parts.contact = &leg_at(from).address;
    if (wish) parts.headers = {{"Refer-Sub", begun.notifies ? "true" : "false"}};
    env_.respond(id, make_response(request, 202, parts));
    transfer_ = std::move(begun);
    remember_setup();
    notify_transfer(100);
    if (target.replaces) {
        transfer_to_dialog(*target.replaces);
    } else {
        transfer_to_number(target);
    }
}

// A new call leg, by the policy that a call of the referrer to that number would meet.
void Call::transfer_to_number(const sip::ReferTo& target) {
    const auto& uri = target.address.uri;
    const auto call = attributes_to(std::string(text::cut(uri.user_text(), ';').first));
    const auto decision =
        policy::decide_redirect(*env_.config()->policy, call, uri.host, uri.port, call.trunk);
    if (const auto* const refused = decision.reject()) {
        story("transfer to " + call.called + " is refused: " + refused->reason);
        transfer_failed(refused->code);
        return;
    }
    const auto* const proceed = decision.proceed();
    const auto usable = usable_targets(proceed->targets);
    targets_.assign(usable.begin(), usable.end());
    last_failure_ = 0;
    last_refusal_.reset();
    story("transfer to " + call.called + " takes route " + proceed->route);
    next_targets();
}

// What the new party is offered: what the other leg's peer last said, not held.
std::string Call::transfer_offer() const {
    const Leg& staying = transfer_->from == Side::A ? b_ : a_;
    return sdp::without_hold(staying.media->remote_sdp);
}

void Call::notify_transfer(int code) {
    if (!transfer_ || !transfer_->notifies || transfer_->gone) return;
    if (code == transfer_->last_notified || code < transfer_->last_notified) return;
    transfer_->last_notified = code;
    Leg& referrer = replacement_ ? replacement_->replaced : leg_at(transfer_->from);
    auto* const dialog = referrer.dialog ? find_dialog(*referrer.dialog) : nullptr;
    if (dialog == nullptr) return;
    const bool final = !sip::is_provisional(code);
    InDialogParts parts;
    parts.sdp = sip::print_sipfrag(code);
    parts.content_type = kSipFrag;
    parts.headers = {
        {"Event", transfer_->event},
        {"Subscription-State", final ? "terminated;reason=noresource" : "active;expires=60"}};
    append(parts.headers, credentials_ahead(referrer, *dialog, sip::Method::Notify, parts.sdp, {}));
    env_.send_and_forget(
        make_in_dialog(*dialog, sip::Method::Notify, sending_address(referrer), env_.slot(), parts),
        referrer.destination, referrer.trunk);
}

// The call goes on as it was; if the referrer has left already, nobody is left to talk to.
void Call::transfer_failed(int code) {
    story("transfer failed: " + std::to_string(code) + " " +
          std::string(sip::default_reason(code)));
    notify_transfer(code);
    // Targets that were called at once with the one that failed.
    while (!attempts_.empty()) {
        if (attempts_.front()->invite) env_.cancel(attempts_.front()->invite, {});
        drop_attempt(attempts_.front()->number, 487, "the transfer has failed");
    }
    const Transfer failed = *transfer_.take();
    forget_setup();
    if (failed.gone) {
        release(failed.from == Side::A ? record::ReleasedBy::A : record::ReleasedBy::B, 0,
                "transferred, but the new party was not reached");
        return;
    }
    if (relay_stale_) with_media(whole_session(), [](const auto&) {});
}

// The REFER goes to the other side, which calls us in turn; what it names is named as that side
// knows it (design 8.10).
void Call::pass_refer(transaction::ServerId id, const sip::MessagePtr& request, Side from,
                      const sip::ReferTo& target) {
    const Leg& to = leg_at(other(from));
    std::string uri = "sip:";
    const auto user = text::cut(target.address.uri.user, ';').first;
    if (!user.empty()) uri += std::string(user) + "@";
    uri += to.address.uri_host();
    std::optional<sip::DialogReference> replaces;
    std::optional<ReplacedDialog> found;
    if (target.replaces) {
        const auto named = sip::parse_replaces(*target.replaces);
        if (named) found = env_.find_replaced(*named);
        if (!found) {
            refuse(id, *request, 481, "the call to be replaced is not known");
            return;
        }
        const Leg& referrer = leg_at(from);
        if (!may_replace(referrer.session.replaces_scope, referrer.trunk, referrer.realm, *found)) {
            refuse(id, *request, 403, "that call may not be replaced from here");
            return;
        }
        found->dialog = env_.other_dialog(*found).value_or(found->dialog);
        replaces = sip::DialogReference{.call_id = found->dialog.call_id,
                                        .to_tag = found->dialog.remote_tag,
                                        .from_tag = found->dialog.local_tag};
    }
    HeaderList headers{{"Refer-To", sip::print_refer_to(uri, replaces)}};
    if (const auto by = request->header(sip::HeaderId::ReferredBy)) {
        auto hidden = rehost(*by, to.address.uri_host(), {});
        if (!hidden.empty()) headers.emplace_back("Referred-By", std::move(hidden));
    }
    story("transfer is passed to the other side");
    pass_request(id, request, from, {}, std::move(headers));
}

}  // namespace portcullis::b2bua
