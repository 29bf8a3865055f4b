// SPDX-License-Identifier: BSD-2-Clause
// One gateway of a call: its leg, its INVITE, its failure.
#include <algorithm>
#include <array>

#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sip/simple_headers.hpp"
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
    if (!transfer_ && setup_.invite &&
        loses_required_part(*setup_.invite, passed_parts(a_.session, trunk->session))) {
        story("a body part that must be understood may not pass to " + target.trunk);
        record_.attempts.push_back({target.trunk, target.gateway, 415, "body part", 0});
        remember_failure(415, {{"Accept", std::string(kSdpType) + ", multipart/mixed"}});
        return nullptr;
    }
    auto token = env_.admission().reserve_call(*trunk, env_.clock().now());
    if (!token) {
        story(token.error().reason);
        record_.attempts.push_back(
            {target.trunk, target.gateway, token.error().code, token.error().reason, 0});
        last_refusal_ = token.error();
        return nullptr;
    }
    auto attempt = std::make_unique<Attempt>();
    const auto hops = setup_.invite ? next_max_forwards(*setup_.invite) : kMaxForwards;
    if (!env_.loops().enter(record_.a_trunk, target.calling, target.called, target.trunk, hops,
                            env_.clock().now(), attempt->loop)) {
        story("the same call is being set up again and again: a loop");
        env_.report_loop(id_);
        record_.attempts.push_back({target.trunk, target.gateway, 482, "loop", 0});
        last_failure_ = kLoopDetected;
        targets_.clear();
        return nullptr;
    }
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
    auto made = uac_leg(*config, env_.slot(), target);
    if (!made) {
        story("realm " + target.realm + " has no interface towards " + target.endpoint.text());
        return false;
    }
    Leg& leg = attempt.leg = std::move(*made);
    if (transfer_) leg.side = transfer_->from;
    leg.timer.emplace(timer_terms(leg.session));
    leg.media->spec.leg = LegId{next_leg_++};
    attempt.call_id = leg.call_id = shard::make_call_id(env_.slot());
    attempt.from_tag = shard::make_tag(env_.slot());
    if (!choose_pool(leg, *config, target.endpoint.address.family())) {
        story("realm " + target.realm + " has no media pool of the gateway's address family");
        return false;
    }
    return true;
}

// What goes with the INVITE to a gateway: what the caller's may carry across, or who transfers.
HeaderList Call::invite_headers(const Attempt& attempt) {
    if (!transfer_) {
        auto headers = passed(*setup_.invite, pass_context(attempt));
        if (!setup_.replaces.empty()) headers.emplace_back("Replaces", setup_.replaces);
        return headers;
    }
    auto by = rehost(transfer_->referred_by, attempt.leg.address.uri_host(), {});
    if (by.empty()) return {};
    return {{"Referred-By", std::move(by)}};  // RFC 3892
}

CarriedBody Call::invite_body(const Attempt& attempt, const std::string& sdp) const {
    return carried_body(transfer_ ? nullptr : setup_.invite.get(), sdp,
                        passed_parts(a_.session, attempt.leg.session));
}

// Who calls, as the other side is told; of a party that is transferred, the number.
headers::FromParts Call::caller(const Attempt& attempt) const {
    const auto& calling = attempt.target.calling;
    if (!setup_.invite || (transfer_ && transfer_->from == Side::A)) {
        return {.name = {}, .user = calling, .host = attempt.leg.address.uri_host()};
    }
    return headers::make_from(*setup_.invite, pass_context(attempt), calling);
}

void Call::send_invite(Attempt& attempt, const std::string& sdp) {
    auto headers = invite_headers(attempt);
    append(headers, timer_request_headers(attempt.leg));
    // Design: without an offer, a reliable response brings one, whose answer only a reliable
    // response's PRACK on leg A can bring.
    const bool reliable = !sdp.empty() || (early_ && early_->is_possible());
    append(headers, extension_headers(attempt.leg.session, reliable, !transfer_));
    // RFC 3608: requests to a trunk that we are registered at take the route it asked for.
    for (auto& route : env_.trunk_states().service_route(attempt.target.trunk)) {
        headers.emplace_back("Route", std::move(route));
    }
    InviteParts parts{.address = attempt.leg.address,
                      .target = attempt.target,
                      .from = caller(attempt),
                      .call_id = attempt.call_id,
                      .from_tag = attempt.from_tag,
                      .body = invite_body(attempt, sdp),
                      .max_forwards = transfer_ ? kMaxForwards : next_max_forwards(*setup_.invite),
                      .cseq = 1 + attempt.repeats,
                      .allow = allow_value(attempt.leg.session),
                      .headers = std::move(headers)};
    auto* const known = env_.credentials(attempt.target.trunk);
    if (known == nullptr) {
        attempt.credentials =
            carried_credentials(attempt.target.trunk, transfer_ ? nullptr : setup_.invite.get());
    } else if (attempt.credentials.empty()) {
        attempt.credentials =
            known->ahead({"INVITE", request_uri(attempt.target), parts.body.text});
    }
    append(parts.headers, std::exchange(attempt.credentials, {}));
    attempt.sdp = sdp;
    attempt.request = make_invite(parts, env_.slot());
    if (!transfer_) {
        record_.b_sip_call_id = attempt.call_id;
        record_.b_realm = attempt.leg.realm;
        record_.b_trunk = attempt.leg.trunk;
        record_.b_gateway = attempt.target.gateway;
        record_.from_number = attempt.target.calling;
        record_.to_number = attempt.target.called;
    }
    env_.watch(id_, attempt.leg.side, attempt.call_id);
    story("INVITE to " + attempt.target.trunk + " at " + attempt.target.endpoint.text());
    attempt.invite = env_.send_request(id_, attempt.request, attempt.leg.destination);
    if (!attempt.invite) {
        attempt_failed(attempt.number, 503, "too many transactions", false);
        return;
    }
    if (!transfer_) state_ = CallState::Calling;
    attempt.due = env_.clock().now() + attempt.target.attempt_timeout;
    env_.start_timer(id_, CallTimer::Attempt, attempt.target.attempt_timeout);
}

Tombstone Call::tombstone(const Attempt& attempt) const {
    const bool won = winner_.get() == &attempt;
    const Leg& leg = won ? (winner_side_ == Side::A ? a_ : b_) : attempt.leg;
    // Where the INVITE went; the leg's own destination follows the fork that answered.
    Tombstone made{.invite = attempt.invite,
                   .request = attempt.request,
                   .destination = {.interface = leg.address.interface,
                                   .transport = attempt.target.transport,
                                   .remote = attempt.target.endpoint,
                                   .flow = leg.destination.flow,
                                   .server_name = attempt.target.location.name,
                                   .trunk = attempt.target.trunk},
                   .address = leg.address,
                   .nat = leg.terms.behind_nat,
                   .kept_tag = {},
                   .kept_ack = won ? leg.ack.message : nullptr,
                   .kept_destination = leg.destination};
    if (won && leg.dialog) made.kept_tag = leg.dialog->remote_tag;
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
    if (!has_b()) b_ = std::move(attempt->leg);
}

void Call::report(const Attempt& attempt, trunk::Sighting sighting,
                  std::optional<std::chrono::seconds> retry_after) {
    env_.report({.trunk = attempt.target.trunk,
                 .gateway = attempt.target.gateway,
                 .remote = attempt.target.endpoint,
                 .sighting = sighting,
                 .retry_after = retry_after});
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
    if (has_b() && !transfer_) return;
    if (code >= 300 && code < 400 && redirected(attempt, response)) return;
    report(attempt, code == 503 ? trunk::Sighting::Unavailable : trunk::Sighting::Answered,
           retry_after_of(response));
    const bool challenged = code == 401 || code == 407;
    const bool for_a = challenged && passes_challenges(attempt.target.trunk);
    attempt_failed(attempt.number, code, std::string(sip::default_reason(code)), false,
                   for_a ? passed_challenges(response)
                         : passed(response, b2bua::pass_context(*env_.config(), attempt.leg, a_)));
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
    if (failover && !attempt->ringing && attempt->invite) {
        report(*attempt, trunk::Sighting::Silent);
    }
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
    if (transfer_) {
        transfer_failed(told);
        return;
    }
    release(record::ReleasedBy::B, told, "refused by the far side",
            std::exchange(last_headers_, {}));
}

}  // namespace portcullis::b2bua
