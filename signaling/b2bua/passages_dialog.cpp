// SPDX-License-Identifier: BSD-2-Clause
// Requests within the dialogs of a passage: NOTIFY one way, SUBSCRIBE that refreshes the other.
#include <array>

#include "signaling/b2bua/call_manager.hpp"
#include "signaling/b2bua/extensions.hpp"
#include "signaling/b2bua/leg_factory.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/b2bua/passages.hpp"
#include "signaling/sip/event_headers.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::size_t kMaxPending = 16;
constexpr std::size_t kMaxEarly = 4;

bool ends_subscription(const sip::Message& request) {
    const auto value = request.header(sip::HeaderId::SubscriptionState);
    const auto state =
        value ? sip::parse_subscription_state(*value) : Result<sip::SubscriptionState>{};
    return value && state && state->state == sip::SubscriptionState::State::Terminated;
}

}  // namespace

Passages::Found Passages::find(const sip::Message& request) const {
    const auto& essentials = request.essentials();
    const auto at = by_dialog_.find(passage_key(essentials.call_id, essentials.to_tag));
    auto* const passage = at == by_dialog_.end() ? nullptr : find(at->second);
    if (passage == nullptr) return {};
    const Side side = passage->a.call_id == essentials.call_id ? Side::A : Side::B;
    const auto& dialog = passage->dialog(side);
    // The other tag has to fit as well, once it is known.
    if (dialog && dialog->id().remote_tag != essentials.from_tag) return {};
    if (!dialog && request.method() != sip::Method::Notify) return {};
    return {passage, side};
}

bool Passages::knows(const sip::Message& request) const { return find(request).passage != nullptr; }

const Leg* Passages::leg_of(const sip::Message& request) const {
    const auto found = find(request);
    return found.passage == nullptr ? nullptr : &found.passage->leg(found.side);
}

void Passages::on_request(transaction::ServerId id, const sip::MessagePtr& request,
                          const transport::Source& source) {
    const auto [passage, side] = find(*request);
    if (passage == nullptr) {
        refuse(id, *request, 481, "no such dialog");
        return;
    }
    auto& dialog = passage->dialog(side);
    if (!dialog) {
        // RFC 6665 section 4.1.2.4: it waits for the answer that makes the dialog.
        if (passage->early.size() >= kMaxEarly) {
            refuse(id, *request, 481, "too much waits for the answer that makes the dialog");
            return;
        }
        passage->early.push_back([this, id, request, source] { on_request(id, request, source); });
        return;
    }
    const auto method = request->method();
    const bool fits = method == sip::Method::Notify || method == sip::Method::Subscribe;
    if (!fits) {
        refuse(id, *request, 405, "method is not of this dialog", {{"Allow", "NOTIFY, SUBSCRIBE"}});
        return;
    }
    if (dialog->receive_sequence(request->essentials().cseq.number) !=
        dialog::SequenceCheck::InOrder) {
        refuse(id, *request, 500, "CSeq is lower than before");  // 12.2.2
        return;
    }
    if (passage->pending.size() >= kMaxPending) {
        refuse(id, *request, 503, "too many requests are under way");
        return;
    }
    (void)dialog->refresh_target(*request);
    Leg& leg = passage->leg(side);
    leg.destination = destination_of(leg, *dialog, *request, source);
    if (ends_subscription(*request)) passage->over = true;
    pass(*passage, {.uas = id, .request = request, .uac = {}, .from = side}, {});
}

void Passages::pass(Passage& passage, PassingRequest pending, HeaderList credentials) {
    const Side to = other(pending.from);
    Leg& target = passage.leg(to);
    auto& dialog = *passage.dialog(to);
    const auto& request = *pending.request;
    InDialogParts parts;
    parts.sdp = request.body();
    if (const auto type = request.header(sip::HeaderId::ContentType)) parts.content_type = *type;
    parts.headers = carried(passage, request, pending.from);
    parts.max_forwards = next_max_forwards(request);
    auto* const known = calls_.credentials(target.trunk);
    if (credentials.empty() && known != nullptr) {
        credentials =
            known->ahead({request.method_text(), dialog.state().remote_target, parts.sdp});
    }
    append(parts.headers, std::move(credentials));
    append(parts.headers, carried_credentials(target.trunk, request));
    LegAddress address = target.address;
    address.transport = target.destination.transport;
    const auto out =
        make_in_dialog(dialog, request.method_text(), address, calls_.slot(), std::move(parts));
    pending.uac = transactions_->send_request(out, target.destination);
    if (!pending.uac) {
        refuse(pending.uas, request, 503, "it could not be passed on");
        return;
    }
    by_client_[pending.uac] = passage.id;
    passage.pending.push_back(std::move(pending));
}

bool Passages::on_response(transaction::ClientId id, const sip::MessagePtr& response,
                           const transport::Source& source) {
    const auto known = by_client_.find(id);
    if (known == by_client_.end()) return false;
    auto* const passage = find(known->second);
    if (passage == nullptr || sip::is_provisional(response->status_code())) return true;
    by_client_.erase(known);
    if (passage->uac == id) {
        on_first_response(*passage, response, source);
        return true;
    }
    const auto at = std::find_if(passage->pending.begin(), passage->pending.end(),
                                 [id](const PassingRequest& one) { return one.uac == id; });
    if (at == passage->pending.end()) return true;
    PassingRequest pending = std::move(*at);
    passage->pending.erase(at);
    on_pending_response(*passage, pending, *response);
    return true;
}

void Passages::on_pending_response(Passage& passage, PassingRequest& pending,
                                   const sip::Message& response) {
    const int code = response.status_code();
    const Side to = other(pending.from);
    auto* const known = calls_.credentials(passage.leg(to).trunk);
    if ((code == 401 || code == 407) && known != nullptr) {
        auto credentials =
            known->answer(response,
                          {pending.request->method_text(),
                           passage.dialog(to)->state().remote_target, pending.request->body()},
                          pending.challenges);
        if (credentials) {
            pass(passage, std::move(pending), std::move(*credentials));
            return;
        }
    }
    const bool refreshed =
        pending.request->method() == sip::Method::Subscribe && sip::is_success(code);
    if (refreshed) {
        const auto value = response.header(sip::HeaderId::Expires);
        const auto read = value ? sip::parse_delta_seconds(*value) : Result<std::uint32_t>{3600};
        (void)passage.dialog(to)->refresh_target(response);
        live_for(passage, std::chrono::seconds(std::min(read.value_or(3600U), 86400U)) + kGrace);
    }
    const auto challenges = carried_challenges(passage.leg(to).trunk, response);
    const bool refused = (code == 401 || code == 407) && challenges.empty();
    auto headers = carried_back(passage, response, pending.from);
    append(headers, challenges);
    answer(pending.uas, *pending.request, refused ? 403 : code, &response, std::move(headers));
    // The subscriber has lost it, or it was ended: nothing will come any more.
    if (code == 481 || (passage.over && passage.pending.empty())) end(passage.id);
}

bool Passages::on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) {
    const auto known = by_client_.find(id);
    if (known == by_client_.end()) return false;
    auto* const passage = find(known->second);
    by_client_.erase(known);
    if (passage == nullptr) return true;
    const int code = failure == transaction::ClientFailure::Timeout ? 408 : 503;
    if (passage->uac == id) {
        const bool silent = failure == transaction::ClientFailure::Timeout;
        report(*passage, silent ? trunk::Sighting::Silent : trunk::Sighting::Unreachable, {});
        by_dialog_.erase(passage_key(passage->b.call_id, passage->from_tag));
        if (!passage->targets.empty()) {
            next_target(*passage);
        } else {
            refuse(*passage, code);
        }
        return true;
    }
    const auto at = std::find_if(passage->pending.begin(), passage->pending.end(),
                                 [id](const PassingRequest& one) { return one.uac == id; });
    if (at == passage->pending.end()) return true;
    const PassingRequest pending = std::move(*at);
    passage->pending.erase(at);
    refuse(pending.uas, *pending.request, code, "it could not be passed on");
    return true;
}

}  // namespace portcullis::b2bua
