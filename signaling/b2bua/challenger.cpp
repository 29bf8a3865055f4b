// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/challenger.hpp"

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"

namespace portcullis::b2bua {
namespace {

using Outcome = auth::Verification::Outcome;

auth::Hash hash_of(config::DigestAlgorithm algorithm) {
    switch (algorithm) {
        case config::DigestAlgorithm::Md5:
            return auth::Hash::Md5;
        case config::DigestAlgorithm::Sha256:
            return auth::Hash::Sha256;
        case config::DigestAlgorithm::Sha512_256:
            return auth::Hash::Sha512_256;
    }
    return auth::Hash::Sha256;
}

// Without a user it asks about us, as keep-alives do (11.2); many of those who send them take
// any challenge for an outage, and the answer says nothing. Within a dialog it would say who
// speaks.
bool is_ping(const sip::Message& request) {
    const auto& essentials = request.essentials();
    return request.method() == sip::Method::Options && essentials.request_uri.user.empty() &&
           essentials.to_tag.empty();
}

}  // namespace

Challenger::Desk& Challenger::desk_of(const policy::Trunk& trunk) {
    Desk& desk = desks_[trunk.name];
    if (desk.server != nullptr && desk.config == trunk.challenge) return desk;
    desk.config = trunk.challenge;
    auth::DigestServer::Settings settings{.realm = desk.config.auth_realm, .algorithms = {}};
    desk.users.clear();
    for (const auto algorithm : desk.config.algorithms) {
        settings.algorithms.push_back({hash_of(algorithm), false});
    }
    for (const auto& user : desk.config.users) {
        User& known = desk.users.emplace_back();
        known.name = user.username;
        for (const auto& algorithm : settings.algorithms) {
            known.password_hashes.emplace(
                algorithm.hash,
                auth::password_hash(algorithm.hash, user.username, settings.realm, user.password));
        }
    }
    // A key of its own for each: what was given out before, or on another shard, is asked again.
    auth::Nonces::Key key;
    random_bytes(key);
    desk.server = std::make_unique<auth::DigestServer>(
        std::move(settings), key, std::uint16_t{0},
        auth::Nonces::Limits{.lifetime = desk.config.nonce_lifetime});
    return desk;
}

std::optional<Challenger::Refusal> Challenger::judge(const policy::Trunk& trunk,
                                                     const sip::Message& request,
                                                     const transport::Source& source,
                                                     TimePoint now) {
    const auto method = request.method();
    if (!is_challenged(trunk) || method == sip::Method::Ack || method == sip::Method::Cancel ||
        is_ping(request)) {
        return std::nullopt;
    }
    Desk& desk = desk_of(trunk);
    const std::string client = source.remote.address.text();
    // Every name is compared, found or not: how long it takes says nothing.
    const auto lookup = [&desk](std::string_view name, auth::Hash hash) {
        std::optional<std::string> found;
        for (const User& user : desk.users) {
            if (user.name == name) found = user.password_hashes.at(hash);
        }
        return found;
    };
    const auto judged = desk.server->verify(
        request.values(sip::HeaderId::Authorization),
        {request.method_text(), request.request_uri_text(), request.body()}, lookup, now, client);
    const bool readable = judged.outcome != Outcome::Missing && judged.outcome != Outcome::Foreign;
    // Looked at all the same, so that the time it takes is the same.
    if (readable && throttle_->denied(source.remote.address, judged.username, now)) {
        ++counters_.denied;
        return Refusal{.status = 403};
    }
    if (judged.outcome == Outcome::Known) {
        ++counters_.accepted;
        throttle_->succeeded(source.remote.address, judged.username, now);
        return std::nullopt;
    }
    if (judged.outcome == Outcome::Wrong) {
        return refuse_wrong(trunk, request, source, judged.username, now);
    }
    const bool stale = judged.outcome != Outcome::Missing;
    ++(stale ? counters_.stale : counters_.challenged);
    Refusal refusal;
    for (auto& value : desk.server->challenges(stale, now, client)) {
        refusal.headers.emplace_back("WWW-Authenticate", std::move(value));
    }
    return refusal;
}

Challenger::Refusal Challenger::refuse_wrong(const policy::Trunk& trunk,
                                             const sip::Message& request,
                                             const transport::Source& source,
                                             const std::string& user, TimePoint now) {
    ++counters_.wrong;
    const auto& essentials = request.essentials();
    std::string guess = std::string(essentials.call_id) + ' ' +
                        std::to_string(essentials.cseq.number) + ' ' +
                        std::string(request.method_text());
    for (const auto value : request.values(sip::HeaderId::Authorization)) guess += value;
    using Failure = auth::SourceThrottle::Failure;
    const auto failure = throttle_->failed(source.remote.address, user, guess, now);
    // No more of these lines than the throttle lets answers be wrong.
    if (failure == Failure::Repeated) return {.status = 403};
    log::component("security")
        .warn("digest_wrong trunk={} source={} user=\"{}\" method={} source_denied={}", trunk.name,
              source.remote.text(), text::printable(user, 64), request.method_text(),
              failure == Failure::Denied);
    return {.status = 403};
}

}  // namespace portcullis::b2bua
