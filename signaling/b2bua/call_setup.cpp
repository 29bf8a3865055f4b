// SPDX-License-Identifier: BSD-2-Clause
// The initial INVITE: leg A's offer, the gateways in turn, and what A hears when all fail.
#include "common/base/text.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/negotiation.hpp"
#include "signaling/sdp/parser.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {
namespace {

constexpr LegId kLegA{1};

// What A is told. Challenges are for us, not for A: without credentials they are a refusal;
// redirections are not followed; a far side's 482 speaks of its own loop.
int mapped_failure(int code) {
    if (code >= 300 && code < 400) return 480;
    if (code == 401 || code == 407) return 403;
    if (code == 481 || code == 491 || code == 482) return 500;
    return code;
}

}  // namespace

Call::Call(CallId id, CallEnvironment& environment, CallSetup setup)
    : id_(id), env_(environment), setup_(std::move(setup)), started_(env_.clock().now()) {
    const auto& invite = *setup_.invite;
    a_.side = Side::A;
    a_.realm = setup_.realm;
    a_.trunk = setup_.trunk;
    a_.terms = setup_.route.ingress;
    a_.media.spec.leg = kLegA;
    a_.destination = transport::reply_to(setup_.source);
    a_.signaling_source = setup_.source.remote.address;
    const auto* const realm = env_.config()->policy->find_realm(setup_.realm);
    a_.address = {.interface = setup_.source.interface,
                  .transport = setup_.source.transport,
                  .local = setup_.source.local,
                  .contact_user = shard::make_tag(env_.slot()),
                  .domain = realm == nullptr ? "" : realm->domain};
    b_.side = Side::B;

    record_.call_id = text::to_hex({});
    record_.a_sip_call_id = invite.essentials().call_id;
    record_.from_number_original = setup_.calling;
    record_.to_number_original = setup_.called;
    record_.from_number = setup_.calling;
    record_.to_number = setup_.called;
    record_.a_realm = setup_.realm;
    record_.a_trunk = setup_.trunk;
    record_.route = setup_.route.route;
    record_.started_at = env_.clock().wall_now();
    record_.config_revision = setup_.config_revision;
}

void Call::start() {
    env_.watch(id_, Side::A, record_.a_sip_call_id);
    story("call from " + setup_.trunk + " takes route " + setup_.route.route);
    if (const auto refusal = headers::refuse(*setup_.invite)) {
        release(record::ReleasedBy::Sbc, refusal->code, std::string(refusal->reason));
        return;
    }
    const auto body = sdp_body(*setup_.invite);
    if (body.error != 0) {
        release(record::ReleasedBy::Sbc, body.error, "body of the INVITE is not SDP",
                {{"Accept", std::string(kSdpType)}});
        return;
    }
    if (!body.text.empty()) {
        const auto offer = sdp::parse_session(body.text);
        if (!offer) {
            release(record::ReleasedBy::Sbc, 488, "offer of leg a: " + offer.error().text());
            return;
        }
        a_.media.remote_sdp = body.text;
        (void)a_.media.offer_answer.on_remote_offer(*offer);
        const auto family = media_family(*offer).value_or(setup_.source.local.address.family());
        if (!choose_pool(a_, *env_.config(), family)) {
            release(record::ReleasedBy::Sbc, 488,
                    "realm " + a_.realm + " has no media pool of the offer's address family");
            return;
        }
        auto spec = plan(a_, media::PeerRole::Offerer, *offer, nullptr);
        if (!spec || spec->streams.empty()) {
            release(record::ReleasedBy::Sbc, 488,
                    spec ? "no stream of the offer can be relayed" : spec.error().text());
            return;
        }
        a_.media.spec = std::move(*spec);
    } else if (!choose_pool(a_, *env_.config(), setup_.source.local.address.family())) {
        release(record::ReleasedBy::Sbc, 503, "realm " + a_.realm + " has no media pool");
        return;
    }
    if (setup_.route.setup_timeout.count() > 0) {
        env_.start_timer(id_, CallTimer::Setup, setup_.route.setup_timeout);
    }
    begin_attempt();
}

// Takes the next target that has room and a way out; each one gets a fresh leg: own Call-ID, tag,
// ports and latch.
void Call::begin_attempt() {
    const auto& targets = setup_.route.targets;
    std::optional<policy::CapacityRefusal> refusal;
    while (next_target_ < targets.size()) {
        const auto& target = targets[next_target_++];
        const auto config = env_.config();
        const auto* const trunk = config->policy->find_trunk(target.trunk);
        if (trunk == nullptr) continue;  // removed meanwhile
        auto token = env_.admission().reserve_call(*trunk, env_.clock().now());
        if (!token) {
            story(token.error().reason);
            record_.attempts.push_back(
                {target.trunk, target.gateway, token.error().code, token.error().reason, 0});
            refusal = token.error();
            continue;
        }
        attempt_ = Attempt{.target = target,
                           .token = std::move(*token),
                           .invite = {},
                           .request = {},
                           .started = env_.clock().now(),
                           .forks = {}};
        if (!prepare_leg_b(target)) {
            record_.attempts.push_back({target.trunk, target.gateway, 0, "no way out", 0});
            attempt_.reset();
            last_failure_ = 503;
            continue;
        }
        plan_attempt_media();
        return;
    }
    if (refusal && last_failure_ == 0) {
        HeaderList headers;
        if (refusal->retry_after.count() > 0) {
            headers.emplace_back("Retry-After", std::to_string(refusal->retry_after.count()));
        }
        release(record::ReleasedBy::Sbc, refusal->code, refusal->reason, std::move(headers));
        return;
    }
    release(record::ReleasedBy::B, last_failure_ == 0 ? 503 : mapped_failure(last_failure_),
            "every target failed");
}

bool Call::prepare_leg_b(const policy::Target& target) {
    const auto config = env_.config();
    const auto family = target.endpoint.address.family();
    const auto* const interface =
        config->policy->egress_interface(target.realm, family, target.transport);
    if (interface == nullptr) {
        story("realm " + target.realm + " has no interface towards " + target.endpoint.text());
        return false;
    }
    b_ = Leg{};
    b_.side = Side::B;
    b_.realm = target.realm;
    b_.trunk = target.trunk;
    b_.terms = target.media;
    b_.media.spec.leg = LegId{next_leg_++};
    b_.address = {.interface = interface->name,
                  .transport = target.transport,
                  .local = interface->endpoint(),
                  .contact_user = shard::make_tag(env_.slot()),
                  .domain = target.domain};
    b_.destination = {.interface = interface->name,
                      .transport = target.transport,
                      .remote = target.endpoint,
                      .flow = {}};
    b_.signaling_source = target.endpoint.address;
    if (!choose_pool(b_, *config, family)) {
        story("realm " + target.realm + " has no media pool of the gateway's address family");
        return false;
    }
    return true;
}

// Without an offer there is nothing to relay yet: the far side's answer will carry it.
void Call::plan_attempt_media() {
    if (a_.media.remote_sdp.empty()) {
        send_invite({});
        return;
    }
    const auto offer = sdp::parse_session(a_.media.remote_sdp);
    auto spec = plan(b_, media::PeerRole::Answerer, *offer, nullptr);
    if (!spec) {
        attempt_failed(488, spec.error().text(), false);
        return;
    }
    b_.media.spec = std::move(*spec);
    with_media(whole_session(), [this](const Result<relay_api::OperationReply>& reply) {
        if (!succeeded(reply)) {
            release(record::ReleasedBy::Sbc, 503,
                    "media relay: " + (reply ? reply->detail : reply.error().text()));
            return;
        }
        take_ports(a_, reply->ports);
        take_ports(b_, reply->ports);
        const auto original = sdp::parse_session(a_.media.remote_sdp);
        const auto anchored = anchor_offer(*original, b_);
        if (!anchored) {
            attempt_failed(488, anchored.error().text(), false);
            return;
        }
        if (const auto sent = sdp::parse_session(*anchored)) {
            (void)b_.media.offer_answer.on_local_offer(*sent);
        }
        send_invite(*anchored);
    });
}

void Call::send_invite(const std::string& sdp) {
    InviteParts parts{.address = b_.address,
                      .target = attempt_->target,
                      .incoming = *setup_.invite,
                      .call_id = shard::make_call_id(env_.slot()),
                      .from_tag = shard::make_tag(env_.slot()),
                      .sdp = sdp,
                      .max_forwards = next_max_forwards(*setup_.invite),
                      .headers = passed_headers(*setup_.invite, pass_context(Side::A)),
                      .from = headers::make_from(*setup_.invite, pass_context(Side::A),
                                                 attempt_->target.calling)};
    attempt_->request = make_invite(parts, env_.slot());
    record_.b_sip_call_id = parts.call_id;
    record_.b_realm = b_.realm;
    record_.b_trunk = b_.trunk;
    record_.b_gateway = attempt_->target.gateway;
    record_.from_number = attempt_->target.calling;
    record_.to_number = attempt_->target.called;
    env_.watch(id_, Side::B, parts.call_id);
    story("INVITE to " + attempt_->target.trunk + " at " + attempt_->target.endpoint.text());
    attempt_->invite = env_.send_request(id_, attempt_->request, b_.destination);
    if (!attempt_->invite) {
        attempt_failed(503, "too many transactions", false);
        return;
    }
    state_ = CallState::Calling;
    env_.start_timer(id_, CallTimer::Attempt, attempt_->target.attempt_timeout);
}

// Where the INVITE went; the leg's own destination follows the fork that answered.
transport::Destination Call::gateway_destination() const {
    return {.interface = b_.address.interface,
            .transport = attempt_->target.transport,
            .remote = attempt_->target.endpoint,
            .flow = b_.destination.flow};
}

Tombstone Call::tombstone() const {
    Tombstone made{.invite = attempt_->invite,
                   .request = attempt_->request,
                   .destination = gateway_destination(),
                   .address = b_.address,
                   .nat = b_.terms.behind_nat,
                   .kept_tag = {},
                   .kept_ack = b_.last_ack,
                   .kept_destination = b_.destination};
    if (b_.dialog) made.kept_tag = b_.dialog->remote_tag;
    return made;
}

// Leaves the attempt behind: whatever still answers it is met by its tombstone.
void Call::drop_attempt(int code, std::string reason) {
    env_.stop_timer(id_, CallTimer::Attempt);
    env_.stop_timer(id_, CallTimer::Ring);
    const auto now = env_.clock().now();
    record_.attempts.push_back(
        {attempt_->target.trunk, attempt_->target.gateway, code, std::move(reason),
         std::chrono::duration_cast<std::chrono::milliseconds>(now - attempt_->started).count()});
    if (attempt_->invite) env_.bury(tombstone());
    for (const auto& fork : attempt_->forks) {
        env_.dialogs().erase({record_.b_sip_call_id,
                              std::string(attempt_->request->essentials().from_tag),
                              fork.remote_tag});
        // A dialog that A has with a failed attempt is no way into the call.
        env_.dialogs().erase(
            {record_.a_sip_call_id, fork.a_tag, std::string(setup_.invite->essentials().from_tag)});
    }
    attempt_.reset();
}

void Call::attempt_failed(int code, std::string reason, bool failover) {
    if (attempt_->invite) env_.cancel(attempt_->invite, {});
    const bool goes_on = failover || attempt_->target.fails_over(static_cast<std::uint16_t>(code));
    story(attempt_->target.trunk + " failed: " + std::to_string(code) + " " + reason);
    last_failure_ = code;
    drop_attempt(code, std::move(reason));
    if (goes_on) {
        begin_attempt();
        return;
    }
    release(record::ReleasedBy::B, mapped_failure(code), "refused by the far side");
}

}  // namespace portcullis::b2bua
