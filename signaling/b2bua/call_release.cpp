// SPDX-License-Identifier: BSD-2-Clause
// Every way a call ends: both legs are told, the relay session is released, the record is written.
#include "signaling/b2bua/call.hpp"
#include "signaling/sdp/attributes.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr Milliseconds kReleaseLimit{500};

// The codec that a leg's peer sent, by the payload type last seen.
std::string codec_of(const LegMedia& media, const relay_api::StreamStats& stats) {
    for (const auto& stream : media.spec.streams) {
        if (stream.stream != stats.stream) continue;
        for (const auto& payload : stream.payloads) {
            if (payload.payload_type == stats.rx_payload_type) return payload.encoding;
        }
        if (!stream.payloads.empty()) return stream.payloads.front().encoding;
    }
    return {};
}

}  // namespace

void Call::on_cancel(transaction::ServerId invite, const sip::MessagePtr& cancel) {
    if (state_ == CallState::Releasing) return;
    if (exchange_ && !exchange_->is_own() && exchange_->uas == invite) {
        // The far side's final response decides: 487, or the 2xx that crossed the CANCEL.
        if (!exchange_->uac && defer([this, invite, cancel] { on_cancel(invite, cancel); })) return;
        exchange_->overdue = false;
        if (exchange_->uac) {
            env_.cancel(exchange_->uac, {});
        } else {
            exchange_failed(487);
        }
        return;
    }
    if (parked_ && parked_->uas == invite) {
        env_.respond(invite, make_response(*parked_->request, 487));
        parked_.reset();
        return;
    }
    if (invite != setup_.uas || a_answered_) return;
    last_bye_ = cancel;
    release(record::ReleasedBy::A, 487, "cancelled");
}

void Call::on_bye(transaction::ServerId id, const sip::MessagePtr& request,
                  const transport::Source& source, const dialog::DialogId& dialog) {
    env_.respond(id, make_response(*request, 200, {.source = source.remote}));
    if (state_ == CallState::Releasing) return;
    const Side from = side_of(dialog);
    const auto fork = fork_at(dialog);
    if (fork && on_early_bye(*fork, from)) return;
    if (lent_ && lent_->side != from) {
        story("hung up while the other leg may join another call");
        env_.dialogs().erase(dialog);
        leg_at(from).dialog.reset();
        lent_->alone = true;
        return;
    }
    if (transfer_ && transfer_->lender && transfer_->from == from && exchange_) {
        story("the transfer target hung up");
        env_.dialogs().erase(dialog);
        if (exchange_->uac) env_.cancel(exchange_->uac, {});
        exchange_failed(487);
        return;
    }
    if (transfer_ && transfer_->from == from) {
        // Who transfers may leave before the new party has answered (RFC 5589 section 6.1).
        story("the referrer hung up");
        transfer_->gone = true;
        env_.dialogs().erase(dialog);
        return;
    }
    HeaderList headers;
    if (!a_answered_) {
        // In the answer to an INVITE has a place only why.
        if (from == Side::B) headers = passed_reason(*request, pass_context(from));
    } else {
        headers = passed(*request, pass_context(from));
        append(headers, carried_credentials(leg_at(other(from)).trunk, request.get()));
    }
    last_bye_ = request;
    release(from == Side::A ? record::ReleasedBy::A : record::ReleasedBy::B, a_answered_ ? 0 : 487,
            "hung up", std::move(headers));
}

// Section 15: who was called must not send BYE before its 2xx, who calls may, and gives up that
// early dialog with it, not its INVITE. Either way the others live on. False: there is none, or it
// is the dialog that has the call.
bool Call::on_early_bye(const ForkName& name, Side from) {
    if (answered_ || chosen_ == name) return false;
    auto* const called = find_attempt(name.attempt);
    Attempt& attempt = called == nullptr ? *winner_ : *called;
    Fork& fork = *attempt.find_fork(name.remote_tag);
    if (from == Side::A) {
        std::size_t shown = winner_ && !a_answered_ ? winner_->forks.size() : 0;
        for (const auto& other : attempts_) shown += other->forks.size();
        if (shown < 2 || setup_.route.single_early_dialog) return false;
        const Line target = line(Side::B, name);
        if (target.dialog != nullptr) {
            const auto address = sending_address(*target.leg, *target.destination);
            env_.send_and_forget(
                make_in_dialog(*target.dialog, sip::Method::Bye, address, env_.slot()),
                *target.destination, target.leg->trunk);
        }
    } else {
        tell_199(fork, {});
    }
    story("an early dialog is ended by BYE");
    end_early_dialog(attempt, fork);
    if (from == Side::B && called != nullptr && called->forks.empty()) {
        attempt_failed(name.attempt, 487, "hung up before it answered", false);
    } else {
        next_early_offer();
        after_prack();  // an answer may have waited for that dialog's
    }
    return true;
}

// `code` is the final response of a call that was not answered; 0 for one that was.
void Call::release(record::ReleasedBy by, int code, std::string cause, HeaderList headers) {
    if (state_ == CallState::Releasing) return;
    state_ = CallState::Releasing;
    for (const auto timer :
         {CallTimer::Attempt, CallTimer::Ring, CallTimer::Setup, CallTimer::Duration,
          CallTimer::Early, CallTimer::SessionA, CallTimer::SessionB, CallTimer::Retired}) {
        env_.stop_timer(id_, timer);
    }
    story("ends: " + cause);
    // It is with the call that it may join.
    if (lent_) leg_at(lent_->side).dialog.reset();
    lent_.reset();
    record_.released_by = by;
    record_.cause = std::move(cause);
    record_.sip_code = a_answered_ ? 200 : code;
    held_answer_ = {};
    locating_ = 0;
    ack_what_is_owed();
    // Of an answered call: its ACK may be lost, and the 2xx come again.
    if (winner_ && answered_) leave_winner();
    answer_pending();
    if (!a_answered_) {
        a_answered_ = true;
        early_->stop();
        // RFC 3261 section 8.2.6.2: the tag stays that of what went before.
        const auto tag = last_tag_.empty() ? shard::make_tag(env_.slot()) : last_tag_;
        // What A said itself is for the other side only.
        auto told = by == record::ReleasedBy::A ? HeaderList{} : headers;
        env_.respond(setup_.uas, make_response(*setup_.invite, code,
                                               {.to_tag = tag,
                                                .contact = nullptr,
                                                .allow = {},
                                                .sdp = {},
                                                .headers = std::move(told)}));
    } else if (by != record::ReleasedBy::A) {
        end_leg(Side::A, headers);
    }
    if (answered_ && by != record::ReleasedBy::B) end_leg(Side::B, headers);
    end_attempts(by, code, headers);
    end_retired();
    env_.dialogs().erase_owner(id_);
    media_pending_ = false;
    media_then_ = {};
    drain_deferred();
    if (!media_installed_) {
        close();
        return;
    }
    env_.start_timer(id_, CallTimer::Release, kReleaseLimit);
    env_.release_media(id_, session());
}

// What the call still owes a response.
void Call::answer_pending() {
    if (parked_) env_.respond(parked_->uas, make_response(*parked_->request, 487));
    parked_.reset();
    if (exchange_) {
        if (!exchange_->is_own()) refuse(exchange_->uas, *exchange_->request, 487, {});
        if (exchange_->uac && exchange_->out == sip::Method::Invite) {
            env_.cancel(exchange_->uac, {});
        }
        (void)end_exchange();
    }
    while (!passing_.empty()) {
        const Passing passing = std::move(passing_.back());
        passing_.pop_back();
        env_.respond(passing.uas, make_response(*passing.request, 487));
    }
    if (refresh_ && refresh_->method == sip::Method::Invite) env_.cancel(refresh_->uac, {});
    refresh_.reset();
    if (transfer_) notify_transfer(487);
    if (transfer_ && transfer_->lender) (void)env_.keep_leg(*transfer_->lender);
    transfer_.reset();
    if (replacement_) bye(replacement_->replaced, {});
    replacement_.reset();
}

// 12.2.1.2: the dialog of that leg is over. It gets a BYE as well: its far end may live after all,
// and would stay in the call for ever.
void Call::lose(Side side) {
    bye(leg_at(side), {});
    release(side == Side::A ? record::ReleasedBy::A : record::ReleasedBy::B, 0,
            "the far side has lost the dialog");
}

// Leg B of a call that was not answered: gateways that ring are cancelled, one that answered is
// hung up.
void Call::end_attempts(record::ReleasedBy by, int code, const HeaderList& headers) {
    const int said = by == record::ReleasedBy::A ? 487 : code;
    // What A said goes to each gateway as that one may be told.
    const auto why = [&](const Leg& to) {
        if (by != record::ReleasedBy::A || last_bye_ == nullptr) return headers;
        return passed_reason(*last_bye_, b2bua::pass_context(*env_.config(), a_, to));
    };
    if (winner_ && !answered_) {
        end_leg(Side::B, why(b_));
        if (winner_->invite) env_.bury(tombstone(*winner_));
        record_attempt(*winner_, said, record_.cause);
    }
    while (!attempts_.empty()) {
        const auto& attempt = *attempts_.front();
        std::vector<transaction::ExtraHeader> extra;
        for (const auto& [name, value] : why(attempt.leg)) {
            if (name == "Reason") extra.push_back({name, value});
        }
        if (attempt.invite) env_.cancel(attempt.invite, extra);
        drop_attempt(attempt.number, said, record_.cause);
    }
}

// A 2xx that waited for the relay or for a delayed answer is ACKed before its BYE (13.2.2.4).
void Call::ack_what_is_owed() {
    if (winner_ && b_.dialog && !b_.ack.message) {
        ack_b(winner_->request->essentials().cseq.number, {});
    }
    if (!exchange_ || !exchange_->delayed || !exchange_->answered) return;
    Leg& target = leg_at(other(exchange_->from));
    if (auto* const dialog = dialog_of(target.side)) {
        env_.send_ack(make_dialog_ack(*dialog, sending_address(target), env_.slot(),
                                      exchange_->delayed_ack_cseq),
                      target.destination);
    }
}

// BYE to a leg with a confirmed dialog; nobody waits for its outcome (15.1.1).
void Call::end_leg(Side side, const HeaderList& headers) {
    HeaderList kept;  // Retry-After and the like belong to a response; a BYE's belong to a BYE
    for (const auto& header : headers) {
        if (last_bye_ != nullptr || header.first == "Reason" || is_credentials(header.first)) {
            kept.push_back(header);
        }
    }
    bye(leg_at(side), std::move(kept),
        carried_body(last_bye_.get(), {}, passed_parts(a_.session, b_.session)));
}

void Call::bye(Leg& leg, HeaderList headers, CarriedBody body) {
    auto* const dialog = leg.dialog ? find_dialog(*leg.dialog) : nullptr;
    if (dialog == nullptr) return;
    // The other side's credentials are of use only where we have none.
    HeaderList carried;
    std::erase_if(headers, [&](const auto& header) {
        if (!is_credentials(header.first)) return false;
        if (env_.credentials(leg.trunk) == nullptr) carried.push_back(header);
        return true;
    });
    InDialogParts parts;
    parts.headers = std::move(headers);
    parts.sdp = std::move(body.text);
    parts.content_type = std::move(body.content_type);
    append(parts.headers,
           credentials_ahead(leg, *dialog, sip::Method::Bye, parts.sdp, std::move(carried)));
    env_.send_and_forget(
        make_in_dialog(*dialog, sip::Method::Bye, sending_address(leg), env_.slot(), parts),
        leg.destination, leg.trunk);
}

void Call::on_media_released(const Result<relay_api::SessionStats>& stats) {
    if (state_ != CallState::Releasing) return;
    if (stats && stats->outcome == relay_api::Outcome::Ok) {
        for (const auto& stream : stats->streams) {
            const bool is_a = stream.leg == a_.media->spec.leg;
            if (!is_a && stream.leg != b_.media->spec.leg) continue;
            record_.media.push_back({.side = is_a ? Side::A : Side::B,
                                     .codec = codec_of(is_a ? *a_.media : *b_.media, stream),
                                     .stats = stream});
        }
    }
    env_.stop_timer(id_, CallTimer::Release);
    close();
}

void Call::close() {
    const auto now = env_.clock().now();
    record_.ended_at = env_.clock().wall_now();
    record_.duration_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
    if (answered_) {
        record_.billable_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(now - *answered_).count();
    }
    record_.sip_reason = sip::default_reason(record_.sip_code);
    record_.q850 = record::q850_cause(record_.sip_code);
    setup_.ingress_token.release();
    egress_token_.release();
    env_.finish(id_, std::move(record_));
}

}  // namespace portcullis::b2bua
