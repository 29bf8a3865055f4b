// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/digest_server.hpp"

#include <algorithm>

#include "signaling/sip/uri.hpp"

namespace portcullis::auth {

namespace {

// What an unknown user's password is compared with: no password has this hash, whose text is no
// hash at all but as long as one.
std::string nobody(Hash hash) { return std::string(hash == Hash::Md5 ? 32 : 64, '-'); }

// RFC 7616 section 3.4.6 asks that `uri` names what the request does; written differently it may
// be, and URIs that do not parse are the same when their texts are.
bool is_same_target(std::string_view uri, std::string_view request_uri) {
    if (uri == request_uri) return true;
    const auto a = sip::parse_uri(uri);
    const auto b = sip::parse_uri(request_uri);
    return a && b && sip::equivalent(*a, *b);
}

}  // namespace

std::vector<std::string> DigestServer::challenges(bool stale, TimePoint now,
                                                  std::string_view client) const {
    Challenge challenge;
    challenge.realm = settings_.realm;
    challenge.nonce = nonces_.make(now, client);
    challenge.stale = stale;
    challenge.qop_auth = true;
    std::vector<std::string> out;
    for (const Algorithm algorithm : settings_.algorithms) {
        challenge.algorithm = algorithm;
        out.push_back(print(challenge));
    }
    return out;
}

// Requests may carry credentials for several realms (RFC 3261 section 22.3).
std::optional<Credentials> DigestServer::ours(const std::vector<std::string_view>& values) const {
    for (const auto value : values) {
        auto read = parse_credentials(value);
        if (!read || !*read || (*read)->realm != settings_.realm) continue;
        const auto& offered = settings_.algorithms;
        if (std::ranges::find(offered, (*read)->algorithm) == offered.end()) continue;
        return std::move(*read);
    }
    return std::nullopt;
}

Verification DigestServer::verify(const std::vector<std::string_view>& values,
                                  const DigestRequest& request, const PasswordLookup& lookup,
                                  TimePoint now, std::string_view client) {
    using Outcome = Verification::Outcome;
    const auto credentials = ours(values);
    if (!credentials) return {};
    const auto count = credentials->nonce_count();
    const auto nonce = nonces_.check(credentials->nonce, count, now, client);
    // Whoever chooses the nonce himself is told nothing of what he guesses.
    if (nonce == Nonces::Verdict::Foreign) return {Outcome::Foreign, credentials->username};
    if (credentials->qop != Qop::None && count == 0) return {};

    const Hash hash = credentials->algorithm.hash;
    const auto known = lookup(credentials->username, hash);
    const bool answers =
        matches(*credentials, known ? *known : nobody(hash), request.method, request.body);
    const bool right = answers && known.has_value();
    if (!right || !is_same_target(credentials->uri, request.uri)) {
        return {Outcome::Wrong, credentials->username};
    }
    if (nonce == Nonces::Verdict::Stale) return {Outcome::Stale, credentials->username};
    nonces_.use(credentials->nonce, count, now, client);
    return {Outcome::Known, credentials->username};
}

}  // namespace portcullis::auth
