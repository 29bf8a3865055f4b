// SPDX-License-Identifier: BSD-2-Clause
// Responses of leg B to the initial INVITE: early dialogs, forks, the answer.
#include <algorithm>

#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::size_t kMaxForks = 16;

// Provisional codes that A may see; others say no more than "in progress" (RFC 3261 section 21.1).
int mapped_provisional(int code) { return code == 180 || code == 181 || code == 182 ? code : 183; }

}  // namespace

void Call::on_invite_response(const sip::MessagePtr& response, const transport::Source& source) {
    const int code = response->status_code();
    if (sip::is_provisional(code)) {
        if (!attempt_->ringing) {
            attempt_->ringing = true;
            env_.stop_timer(id_, CallTimer::Attempt);
            env_.start_timer(id_, CallTimer::Ring, attempt_->target.ring_timeout);
        }
        // 199 ends an early dialog (RFC 6228); A learns it from what follows.
        if (code > 100 && code != 199 && !a_answered_) on_early(response, source);
        return;
    }
    if (sip::is_success(code)) {
        on_answer(response, source);
        return;
    }
    if (state_ == CallState::Connected) return;
    attempt_failed(code, std::string(sip::default_reason(code)), false);
}

// 12.1: each remote tag is a dialog of its own, and A sees one dialog of ours for each, unless its
// realm cannot live with that.
Call::Fork& Call::fork_of(std::string_view remote_tag) {
    auto& forks = attempt_->forks;
    const auto known = std::find_if(forks.begin(), forks.end(), [remote_tag](const Fork& fork) {
        return fork.remote_tag == remote_tag;
    });
    if (known != forks.end()) return *known;
    const bool shared = setup_.route.single_early_dialog && !forks.empty();
    forks.push_back({.remote_tag = std::string(remote_tag),
                     .a_tag = shared ? forks.front().a_tag : shard::make_tag(env_.slot()),
                     .sdp = {}});
    return forks.back();
}

void Call::keep_b_dialog(const sip::Message& response) {
    // 12.1.2: a 2xx without tag comes from a peer of RFC 2543 and makes a dialog all the same.
    const bool answers = sip::is_success(response.status_code());
    if (response.essentials().to_tag.empty() && !answers) return;
    const auto id = dialog::id_of_response(response);
    if (auto* const known = env_.dialogs().find(id)) {
        if (answers) (void)known->dialog.confirm_from(response);
        return;
    }
    auto made = dialog::Dialog::from_client(*attempt_->request, response);
    if (!made) return;
    (void)env_.dialogs().insert(std::move(*made), id_);
}

void Call::on_early(const sip::MessagePtr& response, const transport::Source& source) {
    // A far side that invents forks without end gets no further ones.
    const bool known = std::any_of(
        attempt_->forks.begin(), attempt_->forks.end(),
        [&response](const Fork& fork) { return fork.remote_tag == response->essentials().to_tag; });
    if (!known && attempt_->forks.size() >= kMaxForks) return;
    keep_b_dialog(*response);
    b_.destination.flow = source.flow;
    Fork& fork = fork_of(response->essentials().to_tag);
    const int code = mapped_provisional(response->status_code());
    const auto body = sdp_body(*response);
    if (state_ == CallState::Calling) state_ = CallState::Early;
    if (body.text.empty() || a_.media.remote_sdp.empty() || fork.sdp == body.text) {
        send_early(code, fork.a_tag, {});
        return;
    }
    fork.sdp = body.text;
    const std::string a_tag = fork.a_tag;
    story("early media from the far side");
    apply_answer(fork.sdp, [this, code, a_tag](const std::string& sdp) {
        if (!record_.early_media_at && !sdp.empty()) {
            record_.early_media_at = env_.clock().wall_now();
        }
        send_early(code, a_tag, sdp);
    });
}

// The far side's answer onto the relay, then, written for A, to `then`; empty when it is no answer
// to our offer or the relay cannot take it.
void Call::apply_answer(const std::string& sdp, std::function<void(const std::string&)> then) {
    const auto offer = sdp::parse_session(a_.media.remote_sdp);
    const auto answer = sdp::parse_session(sdp);
    if (!answer || !b_.media.offer_answer.check_early_answer(*answer)) {
        story("answer of leg b does not fit the offer");
        then({});
        return;
    }
    auto spec = plan(b_, media::PeerRole::Answerer, *offer, &*answer);
    if (!spec) {
        story("answer of leg b: " + spec.error().text());
        then({});
        return;
    }
    const auto finish = [this, sdp, then = std::move(then)] {
        const auto parsed = sdp::parse_session(sdp);
        const auto original = sdp::parse_session(a_.media.remote_sdp);
        const auto anchored = anchor_answer(*parsed, *original, a_);
        b_.media.remote_sdp = sdp;
        then(anchored ? *anchored : std::string());
    };
    const bool changed = media::media_changed(b_.media.spec, *spec);
    b_.media.spec = std::move(*spec);
    if (!changed) {
        finish();
        return;
    }
    with_media(whole_session(), [this, finish](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            const auto reason = "media relay: " + (reply ? reply->detail : reply.error().text());
            if (state_ == CallState::Connected) return;
            abandon_answered_b(reason);
            return;
        }
        take_ports(a_, reply->ports);
        take_ports(b_, reply->ports);
        finish();
    });
}

void Call::send_early(int code, const std::string& a_tag, const std::string& sdp) {
    if (a_answered_ || state_ == CallState::Releasing) return;
    if (!record_.ringing_at && code == 180) record_.ringing_at = env_.clock().wall_now();
    if (record_.pdd_ms == 0) {
        record_.pdd_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(env_.clock().now() - started_)
                .count();
    }
    const auto response = make_response(
        *setup_.invite, code, {.to_tag = a_tag, .contact = &a_.address, .sdp = sdp, .headers = {}});
    if (auto early = dialog::Dialog::from_server(*setup_.invite, *response)) {
        if (env_.dialogs().find(early->id()) == nullptr) {
            (void)env_.dialogs().insert(std::move(*early), id_);
        }
    }
    env_.respond(setup_.uas, response);
}

void Call::on_answer(const sip::MessagePtr& response, const transport::Source& source) {
    const auto tag = std::string(response->essentials().to_tag);
    if (state_ == CallState::Connected || awaiting_delayed_answer_ || a_answered_) {
        if (b_.dialog && b_.dialog->remote_tag == tag) {
            if (b_.last_ack) env_.send_ack(b_.last_ack, b_.destination);
        } else {
            story("a second branch answered and is ended");
            env_.refuse_fork(tombstone(), *response);
        }
        return;
    }
    env_.stop_timer(id_, CallTimer::Attempt);
    env_.stop_timer(id_, CallTimer::Ring);
    env_.stop_timer(id_, CallTimer::Setup);
    keep_b_dialog(*response);
    b_.dialog = dialog::id_of_response(*response);
    if (dialog_of(Side::B) == nullptr) {
        b_.dialog.reset();
        abandon_answered_b("answer of leg b makes no dialog");
        return;
    }
    update_destination(b_, *response, source);
    Fork& fork = fork_of(tag);
    const auto body = sdp_body(*response);
    // Some peers answer in the 183 and leave it out of the 200.
    const std::string sdp(body.text.empty() ? std::string_view(fork.sdp) : body.text);
    if (sdp.empty()) {
        abandon_answered_b("answer of leg b carries no SDP");
        return;
    }
    if (a_.media.remote_sdp.empty()) {
        answer_with_delayed_offer(sdp, fork.a_tag);
        return;
    }
    answer_with_offer_sent(response, sdp, fork.a_tag);
}

void Call::answer_with_offer_sent(const sip::MessagePtr& response, const std::string& sdp,
                                  const std::string& a_tag) {
    const auto cseq = response->essentials().cseq.number;
    apply_answer(sdp, [this, cseq, sdp, a_tag](const std::string& anchored) {
        if (anchored.empty()) {
            abandon_answered_b("answer of leg b cannot be relayed");
            return;
        }
        if (const auto answer = sdp::parse_session(sdp)) {
            (void)b_.media.offer_answer.on_answer(*answer);
        }
        if (const auto ours = sdp::parse_session(anchored)) {
            (void)a_.media.offer_answer.on_answer(*ours);
        }
        ack_b(cseq, {});
        connected(a_tag, anchored);
    });
}

void Call::ack_b(std::uint32_t cseq, const std::string& sdp) {
    auto* const dialog = dialog_of(Side::B);
    if (dialog == nullptr) return;
    b_.last_ack = make_dialog_ack(*dialog, sending_address(b_), env_.slot(), cseq, sdp);
    b_.acked_cseq = cseq;
    env_.send_ack(b_.last_ack, b_.destination);
}

// The 2xx to A under the tag of the fork that answered; all other early dialogs end here
// (13.2.2.4).
void Call::connected(const std::string& a_tag, const std::string& sdp) {
    const auto now = env_.clock().now();
    const auto response = make_response(
        *setup_.invite, 200, {.to_tag = a_tag, .contact = &a_.address, .sdp = sdp, .headers = {}});
    for (const auto& fork : attempt_->forks) {
        if (fork.a_tag != a_tag) {
            env_.dialogs().erase({record_.a_sip_call_id, fork.a_tag,
                                  std::string(setup_.invite->essentials().from_tag)});
        }
        if (fork.remote_tag != b_.dialog->remote_tag) {
            env_.dialogs().erase({b_.dialog->call_id, b_.dialog->local_tag, fork.remote_tag});
        }
    }
    if (auto made = dialog::Dialog::from_server(*setup_.invite, *response)) {
        a_.dialog = made->id();
        if (auto* const early = env_.dialogs().find(made->id())) {
            early->dialog.confirm();
        } else {
            made->confirm();
            (void)env_.dialogs().insert(std::move(*made), id_);
        }
        update_destination(a_, *setup_.invite, setup_.source);
    } else {
        abandon_answered_b("INVITE of leg a makes no dialog");
        return;
    }
    a_answered_ = true;
    state_ = CallState::Connected;
    answered_ = now;
    record_.answered_at = env_.clock().wall_now();
    record_.setup_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - started_).count();
    if (record_.pdd_ms == 0) record_.pdd_ms = record_.setup_ms;
    record_.attempts.push_back(
        {attempt_->target.trunk, attempt_->target.gateway, 200, "OK",
         std::chrono::duration_cast<std::chrono::milliseconds>(now - attempt_->started).count()});
    env_.bury(tombstone());
    egress_token_ = std::move(attempt_->token);
    story("answered");
    env_.respond(setup_.uas, response);
    if (setup_.route.max_call_duration.count() > 0) {
        env_.start_timer(id_, CallTimer::Duration, setup_.route.max_call_duration);
    }
    env_.save_checkpoint(id_);
}

// B has answered but the call cannot go on: its 2xx is ACKed and the dialog ended at once.
void Call::abandon_answered_b(const std::string& cause) {
    if (b_.dialog) ack_b(attempt_->request->essentials().cseq.number, {});
    release(record::ReleasedBy::Sbc, 488, cause);
}

}  // namespace portcullis::b2bua
