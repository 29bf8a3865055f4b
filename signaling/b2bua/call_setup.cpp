// SPDX-License-Identifier: BSD-2-Clause
// The initial INVITE: leg A's offer, the targets in turn or at once, and what A hears when all
// fail.
#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/caller_text.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr LegId kLegA{1};
// RFC 3262 section 3: the first RSeq is at random, from the lower half of its range.
constexpr std::uint32_t kRseqRange = 0x7fff0000U;

// What A is told. Challenges are for us, not for A: without credentials they are a refusal;
// a far side's 482 speaks of its own loop.
int mapped_failure(int code) {
    if (code >= 300 && code < 400) return 480;
    if (code == 401 || code == 407) return 403;
    if (code == 481 || code == 491 || code == 482 || code == 420 || code == 421) return 500;
    if (code == 422 || code == 494) return 500;
    return code;
}

}  // namespace

Call::Call(CallId id, CallEnvironment& environment, CallSetup setup)
    : id_(id), env_(environment), started_(env_.clock().now()) {
    const auto& invite = *setup.invite;
    a_ = make_uas_leg(setup);
    a_.media->spec.leg = kLegA;
    b_.side = Side::B;
    targets_ = std::move(setup.route.targets);
    early_ = EarlyAnswers(invite, a_.session.reliable_provisional,
                          1 + static_cast<std::uint32_t>(random_below(kRseqRange)),
                          env_.config()->policy->timers().t1);

    record_.call_id = text::to_hex({});
    record_.a_sip_call_id = invite.essentials().call_id;
    record_.from_number_original = setup.calling;
    record_.to_number_original = setup.called;
    record_.from_number = std::move(setup.calling);
    record_.to_number = std::move(setup.called);
    record_.a_realm = std::move(setup.realm);
    record_.a_trunk = std::move(setup.trunk);
    record_.route = std::move(setup.route.route);
    record_.started_at = env_.clock().wall_now();
    record_.config_revision = setup.config_revision;
    if (!setup.classified.empty()) story(std::move(setup.classified));
    setup_ = {.uas = setup.uas,
              .invite = std::move(setup.invite),
              .caller = {},
              .source = std::move(setup.source),
              .ingress_token = std::move(setup.ingress_token),
              .route = {.numbers = std::move(setup.route.numbers),
                        .parallel = setup.route.parallel,
                        .single_early_dialog = setup.route.single_early_dialog,
                        .setup_timeout = setup.route.setup_timeout,
                        .media_timeout = setup.route.media_timeout,
                        .max_call_duration = setup.route.max_call_duration},
              .replaces = std::move(setup.replaces)};
}

// The leg towards the sender of an INVITE.
Leg Call::make_uas_leg(const CallSetup& setup) const {
    Leg leg = uas_leg(*env_.config(), env_.slot(), setup.source, setup.realm, setup.trunk);
    leg.terms = setup.route.ingress;
    leg.session = setup.route.session;
    leg.peer.learn(*setup.invite);
    leg.timer.emplace(timer_terms(leg.session));
    leg.call_id = setup.invite->essentials().call_id;
    return leg;
}

void Call::start() {
    env_.watch(id_, Side::A, record_.a_sip_call_id);
    story("call from " + record_.a_trunk + " takes route " + record_.route);
    if (const auto refusal = headers::refuse(*setup_.invite)) {
        release(record::ReleasedBy::Sbc, refusal->code, std::string(refusal->reason),
                warned("the privacy that is asked for cannot be given"));
        return;
    }
    if (const auto too_small = a_.timer->on_request(*setup_.invite)) {
        release(record::ReleasedBy::Sbc, 422, "session interval is shorter than " + *too_small,
                warned("session interval is too short",
                       {{"Min-SE", *too_small}}));  // RFC 4028 section 9
        return;
    }
    if (!take_offer()) return;
    if (setup_.route.setup_timeout.count() > 0) {
        env_.start_timer(id_, CallTimer::Setup, setup_.route.setup_timeout);
    }
    next_targets();
}

// False: the call was refused for what it offers.
bool Call::take_offer() {
    const auto refuse_offer = [this](int code, sip::Warning why, std::string cause,
                                     HeaderList headers = {}) {
        release(record::ReleasedBy::Sbc, code, std::move(cause), warned(why, std::move(headers)));
        return false;
    };
    const auto body = sdp_body(*setup_.invite);
    if (body.error != 0) {
        return refuse_offer(body.error, "body is no session description that can be read",
                            "body of the INVITE is not SDP", {{"Accept", std::string(kSdpType)}});
    }
    if (loses_required_part(*setup_.invite, a_.session.pass_body_parts)) {
        return refuse_offer(415, "a body part that must be understood may not pass",
                            "a body part that must be understood may not pass",
                            {{"Accept", std::string(kSdpType) + ", multipart/mixed"}});
    }
    if (body.text.empty()) {
        if (choose_pool(a_, *env_.config(), setup_.source.local.address.family())) return true;
        return refuse_offer(503, "no media can be offered here",
                            "realm " + a_.realm + " has no media pool");
    }
    const auto offer = env_.session_reader().read(body.text);
    if (!offer) {
        return refuse_offer(488, warning_of(offer.error()),
                            "offer of leg a: " + offer.error().text());
    }
    a_.media->remote_sdp = body.text;
    (void)a_.media->offer_answer.on_remote_offer(*offer);
    const auto family = media_family(*offer).value_or(setup_.source.local.address.family());
    if (!choose_pool(a_, *env_.config(), family)) {
        return refuse_offer(
            488, {"media address is of a family not served here", 301},
            "realm " + a_.realm + " has no media pool of the offer's address family");
    }
    auto spec = plan(a_, media::PeerRole::Offerer, *offer, nullptr);
    if (!spec || spec->streams.empty()) {
        return refuse_offer(488,
                            spec ? sip::Warning("no stream of the offer can be relayed", 304)
                                 : warning_of(spec.error()),
                            spec ? "no stream of the offer can be relayed" : spec.error().text());
    }
    a_.media->spec = std::move(*spec);
    return true;
}

// Calls the next target that has room and a way out; all of them where the route says so.
void Call::next_targets() {
    if (locate_next()) return;
    std::vector<std::uint32_t> fresh;
    while (!targets_.empty()) {
        const auto target = std::move(targets_.front());
        targets_.erase(targets_.begin());
        auto attempt = make_attempt(target);
        if (!attempt) continue;
        fresh.push_back(attempt->number);
        attempts_.push_back(std::move(attempt));
        if (!setup_.route.parallel) break;
    }
    if (!fresh.empty()) {
        install_attempts(fresh);
    } else if (attempts_.empty()) {
        give_up();
    }
}

// Asks where the first of the targets to be called is that has only a name. True: it did, and the
// answer goes on from there.
bool Call::locate_next() {
    if (locating_ != 0) return true;
    const auto end =
        setup_.route.parallel || targets_.empty() ? targets_.end() : std::next(targets_.begin());
    const auto named = std::find_if(targets_.begin(), end, [](const policy::Target& target) {
        return target.location.is_name() && target.endpoint.address.is_unspecified();
    });
    if (named == end) return false;
    locating_ = ++located_;
    env_.locate(id_, locating_, named->location);
    return true;
}

// Each server that was found is a target of its own, in its order (RFC 3263 section 4.3).
void Call::on_located(std::uint32_t token, const Result<locate::Answer>& found) {
    if (defer([this, token, found] { on_located(token, found); })) return;
    if (token != locating_ || state_ == CallState::Releasing) return;
    locating_ = 0;
    const auto named =
        std::find_if(targets_.begin(), targets_.end(), [](const policy::Target& target) {
            return target.location.is_name() && target.endpoint.address.is_unspecified();
        });
    if (named == targets_.end()) return;
    const policy::Target target = std::move(*named);
    auto at = targets_.erase(named);
    if (!found || found->servers.empty()) {
        const std::string why = found ? "no server" : found.error().text();
        story("gateway " + target.location.name + " was not found: " + why);
        record_.attempts.push_back({target.trunk, target.gateway, 0, "not found: " + why, 0});
        last_failure_ = 503;
    } else {
        std::vector<policy::Target> servers;
        for (const auto& server : found->servers) {
            servers.push_back(target);
            servers.back().endpoint = server.remote;
            servers.back().transport = server.transport;
        }
        auto usable = usable_targets(servers);
        // An answer of the name server that is newer than the health check is worth a try.
        if (usable.empty()) usable = std::move(servers);
        targets_.insert(at, usable.begin(), usable.end());
    }
    next_targets();
}

// Without those that are known to be down.
std::vector<policy::Target> Call::usable_targets(const std::vector<policy::Target>& targets) {
    const auto choice = trunk::choose_targets(env_.trunk_states(), targets, env_.clock().now());
    for (const auto& skipped : choice.skipped) story("left out: " + skipped.reason);
    std::vector<policy::Target> usable;
    for (const auto i : choice.chosen) usable.push_back(targets[i]);
    return usable;
}

void Call::give_up() {
    if (transfer_) {
        transfer_failed(last_failure_ == 0 ? 503 : mapped_failure(last_failure_));
        return;
    }
    if (last_refusal_ && last_failure_ == 0) {
        HeaderList headers;
        if (last_refusal_->retry_after.count() > 0) {
            headers.emplace_back("Retry-After", std::to_string(last_refusal_->retry_after.count()));
        }
        release(record::ReleasedBy::Sbc, last_refusal_->code, last_refusal_->reason,
                warned("too many calls", std::move(headers)));
        return;
    }
    if (last_failure_ == kLoopDetected) {
        release(record::ReleasedBy::Sbc, 482, "loop detected", warned("loop detected"));
        return;
    }
    const int code = last_failure_ == 0 ? 503 : told_to_a(last_failure_, last_headers_);
    release(record::ReleasedBy::B, code, "every target failed", std::exchange(last_headers_, {}));
}

// The relay gets all new legs at once; each INVITE leaves with its own leg's ports. Without an
// offer there is nothing to relay yet: the far side's answer will carry it.
void Call::install_attempts(const std::vector<std::uint32_t>& fresh) {
    const std::string offered = offer_of_attempts();
    if (offered.empty()) {
        for (const auto number : fresh) {
            if (auto* const attempt = find_attempt(number)) send_invite(*attempt, {});
        }
        return;
    }
    const auto offer = env_.session_reader().read(offered);
    std::vector<std::uint32_t> planned;
    for (const auto number : fresh) {
        auto* const attempt = find_attempt(number);
        if (attempt == nullptr) continue;
        auto spec = plan(attempt->leg, media::PeerRole::Answerer, *offer, nullptr);
        if (spec) {
            attempt->leg.media->spec = std::move(*spec);
            planned.push_back(number);
        } else {
            attempt_failed(number, 488, spec.error().text(), false);
            if (state_ == CallState::Releasing) return;
        }
    }
    if (planned.empty()) return;
    if (!has_b() && find_attempt(linked_) == nullptr) linked_ = planned.front();
    with_media(whole_session(), [this, planned](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply) && transfer_) {
            while (!attempts_.empty()) drop_attempt(attempts_.front()->number, 503, "media relay");
            transfer_failed(503);
            return;
        }
        if (!succeeded(reply)) {
            release(record::ReleasedBy::Sbc, 503,
                    "media relay: " + (reply ? reply->detail : reply.error().text()));
            return;
        }
        take_all_ports(*reply);
        for (const auto number : planned) {
            auto* const attempt = find_attempt(number);
            if (attempt == nullptr) continue;
            auto& media = *attempt->leg.media;
            const auto original = env_.session_reader().read(offer_of_attempts());
            const auto anchored = anchor_offer(*original, media, media.writer);
            if (!anchored) {
                attempt_failed(number, 488, anchored.error().text(), false);
                if (state_ == CallState::Releasing) return;
                continue;
            }
            (void)media.offer_answer.on_local_offer(sdp::shapes_written(*anchored));
            send_invite(*attempt, *anchored);
            if (state_ == CallState::Releasing) return;
        }
    });
}

// A challenge that is A's to answer comes with its headers (design 8.12), a redirection that A is
// to follow with its Contacts.
int Call::told_to_a(int code, const HeaderList& headers) {
    const bool is_for_a = std::any_of(headers.begin(), headers.end(), [code](const auto& header) {
        return header.first == sip::name(sip::HeaderId::WwwAuthenticate) ||
               header.first == sip::name(sip::HeaderId::ProxyAuthenticate) ||
               (code < 400 && header.first == sip::name(sip::HeaderId::Contact));
    });
    return is_for_a ? code : mapped_failure(code);
}

std::string Call::offer_of_attempts() const {
    return transfer_ ? transfer_offer() : a_.media->remote_sdp;
}

// The call is established: of its set-up only a transfer will ask anything.
void Call::forget_setup() {
    std::vector<policy::Target>().swap(targets_);
    locating_ = 0;
    if (unacked_a_) return;
    HeaderList().swap(last_headers_);
    if (early_ && early_->unacknowledged().empty()) early_.reset();
    if (!setup_.invite) return;
    setup_.caller = caller_text(*setup_.invite);
    setup_.invite.reset();
}

void Call::remember_setup() {
    if (setup_.invite || setup_.caller.empty()) return;
    if (auto read = sip::parse_message(setup_.caller)) setup_.invite = std::move(*read);
}

}  // namespace portcullis::b2bua
