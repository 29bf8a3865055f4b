// SPDX-License-Identifier: BSD-2-Clause
// One gateway of a call: its leg, its INVITE, its failure.
#include <algorithm>
#include <array>

#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

// 401, 407 and 422 in turn; more is a far side that does not know what it wants.
constexpr unsigned kMaxRepeats = 4;

// RFC 3261 section 16.7 item 6: of several branches' answers, 6xx is the one that counts, then the
// lowest class; within 4xx those that tell the caller what to do differently.
bool is_better_failure(int fresh, int known) {
    const auto rank = [](int code) {
        if (code >= 600) return 0;
        constexpr std::array kTelling{401, 407, 415, 420, 484};
        const bool telling = std::find(kTelling.begin(), kTelling.end(), code) != kTelling.end();
        return code / 100 * 2 - (telling ? 1 : 0);
    };
    return known == 0 || rank(fresh) < rank(known);
}

}  // namespace

Attempt* Call::find_attempt(std::uint32_t number) {
    const auto at = std::find_if(attempts_.begin(), attempts_.end(),
                                 [number](const auto& known) { return known->number == number; });
    return at == attempts_.end() ? nullptr : at->get();
}

Attempt* Call::find_attempt(transaction::ClientId invite) {
    const auto at = std::find_if(attempts_.begin(), attempts_.end(),
                                 [invite](const auto& known) { return known->invite == invite; });
    return at == attempts_.end() ? nullptr : at->get();
}

// Null: no room there, or no way out; the story says which.
AttemptPtr Call::make_attempt(const policy::Target& target) {
    const auto config = env_.config();
    const auto* const trunk = config->policy->find_trunk(target.trunk);
    if (trunk == nullptr) return nullptr;  // removed meanwhile
    auto token = env_.admission().reserve_call(*trunk, env_.clock().now());
    if (!token) {
        story(token.error().reason);
        record_.attempts.push_back(
            {target.trunk, target.gateway, token.error().code, token.error().reason, 0});
        last_refusal_ = token.error();
        return nullptr;
    }
    auto attempt = std::make_unique<Attempt>();
    attempt->number = next_attempt_++;
    attempt->target = target;
    attempt->token = std::move(*token);
    attempt->started = env_.clock().now();
    if (prepare_leg(*attempt)) return attempt;
    record_.attempts.push_back({target.trunk, target.gateway, 0, "no way out", 0});
    last_failure_ = 503;
    return nullptr;
}

bool Call::prepare_leg(Attempt& attempt) {
    const auto config = env_.config();
    const auto& target = attempt.target;
    const auto family = target.endpoint.address.family();
    const auto* const interface =
        config->policy->egress_interface(target.realm, family, target.transport);
    if (interface == nullptr) {
        story("realm " + target.realm + " has no interface towards " + target.endpoint.text());
        return false;
    }
    Leg& leg = attempt.leg;
    leg.side = Side::B;
    leg.realm = target.realm;
    leg.trunk = target.trunk;
    leg.terms = target.media;
    leg.session = target.session;
    leg.timer.emplace(timer_terms(leg.session));
    leg.media.spec.leg = LegId{next_leg_++};
    leg.address = {.interface = interface->name,
                   .transport = target.transport,
                   .local = interface->endpoint(),
                   .contact_user = shard::make_tag(env_.slot()),
                   .domain = target.domain};
    leg.destination = {.interface = interface->name,
                       .transport = target.transport,
                       .remote = target.endpoint,
                       .flow = {}};
    leg.signaling_source = target.endpoint.address;
    attempt.call_id = leg.call_id = shard::make_call_id(env_.slot());
    attempt.from_tag = shard::make_tag(env_.slot());
    if (!choose_pool(leg, *config, family)) {
        story("realm " + target.realm + " has no media pool of the gateway's address family");
        return false;
    }
    return true;
}

void Call::send_invite(Attempt& attempt, const std::string& sdp) {
    auto headers = passed_headers(*setup_.invite, pass_context(Side::A));
    append(headers, timer_request_headers(attempt.leg));
    // Design: without an offer, a reliable response brings one, whose answer only a reliable
    // response's PRACK on leg A can bring.
    const bool reliable = !sdp.empty() || early_->is_possible();
    append(headers, extension_headers(attempt.leg.session, reliable));
    InviteParts parts{.address = attempt.leg.address,
                      .target = attempt.target,
                      .incoming = *setup_.invite,
                      .call_id = attempt.call_id,
                      .from_tag = attempt.from_tag,
                      .sdp = sdp,
                      .max_forwards = next_max_forwards(*setup_.invite),
                      .cseq = 1 + attempt.repeats,
                      .allow = allow_value(attempt.leg.session),
                      .headers = std::move(headers)};
    auto* const known = env_.credentials(attempt.target.trunk);
    if (known == nullptr) {
        attempt.credentials = carried_credentials(attempt.target.trunk, setup_.invite.get());
    } else if (attempt.credentials.empty()) {
        attempt.credentials = known->ahead({"INVITE", request_uri(attempt.target), sdp});
    }
    append(parts.headers, std::exchange(attempt.credentials, {}));
    attempt.sdp = sdp;
    attempt.request = make_invite(parts, env_.slot());
    record_.b_sip_call_id = attempt.call_id;
    record_.b_realm = attempt.leg.realm;
    record_.b_trunk = attempt.leg.trunk;
    record_.b_gateway = attempt.target.gateway;
    record_.from_number = attempt.target.calling;
    record_.to_number = attempt.target.called;
    env_.watch(id_, Side::B, attempt.call_id);
    story("INVITE to " + attempt.target.trunk + " at " + attempt.target.endpoint.text());
    attempt.invite = env_.send_request(id_, attempt.request, attempt.leg.destination);
    if (!attempt.invite) {
        attempt_failed(attempt.number, 503, "too many transactions", false);
        return;
    }
    state_ = CallState::Calling;
    attempt.due = env_.clock().now() + attempt.target.attempt_timeout;
    env_.start_timer(id_, CallTimer::Attempt, attempt.target.attempt_timeout);
}

Tombstone Call::tombstone(const Attempt& attempt) const {
    const bool won = winner_.get() == &attempt;
    const Leg& leg = won ? b_ : attempt.leg;
    // Where the INVITE went; the leg's own destination follows the fork that answered.
    Tombstone made{.invite = attempt.invite,
                   .request = attempt.request,
                   .destination = {.interface = leg.address.interface,
                                   .transport = attempt.target.transport,
                                   .remote = attempt.target.endpoint,
                                   .flow = leg.destination.flow},
                   .address = leg.address,
                   .nat = leg.terms.behind_nat,
                   .kept_tag = {},
                   .kept_ack = won ? b_.last_ack : nullptr,
                   .kept_destination = leg.destination};
    if (won && b_.dialog) made.kept_tag = b_.dialog->remote_tag;
    return made;
}

// Leaves the attempt behind: whatever still answers it is met by its tombstone.
void Call::drop_attempt(std::uint32_t number, int code, std::string reason) {
    const auto at = std::find_if(attempts_.begin(), attempts_.end(),
                                 [number](const auto& known) { return known->number == number; });
    if (at == attempts_.end()) return;
    if (exchange_ && exchange_->fork && exchange_->fork->attempt == number) abandon_exchange();
    const AttemptPtr attempt = std::move(*at);
    attempts_.erase(at);
    relay_stale_ = true;
    if (attempts_.empty()) {
        env_.stop_timer(id_, CallTimer::Attempt);
        env_.stop_timer(id_, CallTimer::Ring);
    }
    record_attempt(*attempt, code, std::move(reason));
    if (attempt->invite) env_.bury(tombstone(*attempt));
    for (const auto& fork : attempt->forks) {
        env_.dialogs().erase(attempt->b_dialog(fork));
        drop_a_dialog(fork);
    }
    if (heard_ && heard_->attempt == number) heard_.reset();
    // Its figures are those of leg B unless another gateway takes its place.
    if (!winner_) b_ = std::move(attempt->leg);
}

void Call::record_attempt(const Attempt& attempt, int code, std::string reason) {
    const auto took = env_.clock().now() - attempt.started;
    record_.attempts.push_back(
        {attempt.target.trunk, attempt.target.gateway, code, std::move(reason),
         std::chrono::duration_cast<std::chrono::milliseconds>(took).count()});
}

// An INVITE that was challenged, or whose session interval was too small, goes out again in the
// same dialog to be (RFC 3261 section 22.2, RFC 4028 section 7.3). False: it has failed.
bool Call::repeat_invite(Attempt& attempt, const sip::Message& response) {
    const int code = response.status_code();
    if (attempt.repeats >= kMaxRepeats) return false;
    if (code == 401 || code == 407) {
        auto* const known = env_.credentials(attempt.target.trunk);
        if (known == nullptr) return false;
        auto answer = known->answer(
            response, {"INVITE", attempt.request->request_uri_text(), attempt.request->body()},
            attempt.challenges);
        if (!answer) {
            story("challenge of " + attempt.target.trunk +
                  " not answered: " + std::string(auth::describe(answer.error())));
            return false;
        }
        attempt.credentials = std::move(*answer);
    } else if (code != 422 || !attempt.leg.timer || !attempt.leg.timer->on_too_small(response)) {
        return false;
    }
    if (exchange_ && exchange_->fork && exchange_->fork->attempt == attempt.number) {
        abandon_exchange();
    }
    if (heard_ && heard_->attempt == attempt.number) heard_.reset();
    for (const auto& fork : attempt.forks) {
        env_.dialogs().erase(attempt.b_dialog(fork));
        drop_a_dialog(fork);
    }
    attempt.forks.clear();
    attempt.reliable = {};
    attempt.ringing = false;
    ++attempt.repeats;
    story("INVITE is repeated: " + std::to_string(code));
    send_invite(attempt, std::string(attempt.sdp));
    return true;
}

// A final response that refuses.
void Call::attempt_rejected(Attempt& attempt, const sip::Message& response) {
    const int code = response.status_code();
    if (state_ == CallState::Connected || winner_) return;
    if (code >= 300 && code < 400 && redirected(attempt, response)) return;
    const bool challenged = code == 401 || code == 407;
    // Design: without credentials of ours, a challenge is the caller's to answer.
    const bool for_a = challenged && env_.credentials(attempt.target.trunk) == nullptr;
    attempt_failed(attempt.number, code, std::string(sip::default_reason(code)), false,
                   for_a ? passed_challenges(response) : passed_failure_headers(response));
}

void Call::remember_failure(int code, HeaderList headers) {
    if (setup_.route.parallel && !is_better_failure(code, last_failure_)) return;
    last_failure_ = code;
    last_headers_ = std::move(headers);
}

void Call::attempt_failed(std::uint32_t number, int code, std::string reason, bool failover,
                          HeaderList headers) {
    auto* const attempt = find_attempt(number);
    if (attempt == nullptr) return;
    if (attempt->invite) env_.cancel(attempt->invite, {});
    const bool goes_on = failover || attempt->target.fails_over(static_cast<std::uint16_t>(code));
    story(attempt->target.trunk + " failed: " + std::to_string(code) + " " + reason);
    remember_failure(code, std::move(headers));
    drop_attempt(number, code, std::move(reason));
    if (!attempts_.empty() && last_failure_ < 600) return;
    if (goes_on) {
        next_targets();
        return;
    }
    const int told = told_to_a(last_failure_, last_headers_);
    release(record::ReleasedBy::B, told, "refused by the far side",
            std::exchange(last_headers_, {}));
}

}  // namespace portcullis::b2bua
