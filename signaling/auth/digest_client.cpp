// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/digest_client.hpp"

#include "common/base/random.hpp"
#include "signaling/auth/credentials.hpp"

namespace portcullis::auth {

namespace {

constexpr std::size_t kCnonceLength = 16;

// auth-int covers a body that no element on the way may touch then: only where it is all there is.
Qop choose_qop(const Challenge& challenge) {
    if (challenge.qop_auth) return Qop::Auth;
    return challenge.qop_auth_int ? Qop::AuthInt : Qop::None;
}

struct Choice {
    std::optional<Challenge> challenge;
    bool other_realm = false;
};

Choice choose(const std::vector<std::string_view>& values, std::string_view realm) {
    Choice choice;
    for (const auto value : values) {
        auto read = parse_challenge(value);
        if (!read || !*read) continue;
        if (!realm.empty() && (*read)->realm != realm) {
            choice.other_realm = true;
            continue;
        }
        choice.challenge = std::move(*read);
        return choice;
    }
    return choice;
}

}  // namespace

std::string_view describe(NoAnswer reason) {
    switch (reason) {
        case NoAnswer::NoDigest:
            return "no challenge that is known";
        case NoAnswer::OtherRealm:
            return "for another realm";
        case NoAnswer::Rejected:
            return "credentials were rejected";
        case NoAnswer::StaleAgain:
            return "every nonce is stale";
    }
    return "unknown";
}

std::expected<std::string, NoAnswer> DigestClient::answer(
    const std::vector<std::string_view>& challenges, const DigestRequest& request,
    ChallengeCount& count) {
    auto choice = choose(challenges, account_.realm);
    if (!choice.challenge) {
        return std::unexpected(choice.other_realm ? NoAnswer::OtherRealm : NoAnswer::NoDigest);
    }
    if (count.answered) {
        if (!choice.challenge->stale) return std::unexpected(NoAnswer::Rejected);
        if (count.stale) return std::unexpected(NoAnswer::StaleAgain);
        count.stale = true;
    }
    count.answered = true;
    // A server that names the same nonce again counts on.
    if (!challenge_ || challenge_->nonce != choice.challenge->nonce) nonce_count_ = 0;
    challenge_ = std::move(choice.challenge);
    return credentials(request);
}

std::string DigestClient::ahead(const DigestRequest& request) {
    if (!challenge_ || choose_qop(*challenge_) == Qop::None) return {};
    return credentials(request);
}

std::string DigestClient::credentials(const DigestRequest& request) {
    const Challenge& challenge = *challenge_;
    Credentials out;
    out.username = account_.username;
    out.realm = challenge.realm;
    out.nonce = challenge.nonce;
    out.uri = request.uri;
    out.algorithm = challenge.algorithm;
    out.opaque = challenge.opaque;
    out.qop = choose_qop(challenge);
    if (out.qop != Qop::None) out.nc = nonce_count_text(++nonce_count_);
    if (out.qop != Qop::None || out.algorithm.session) out.cnonce = random_token(kCnonceLength);
    const auto key = password_hash(challenge.algorithm.hash, account_.username, challenge.realm,
                                   account_.password);
    out.response = digest_response({.algorithm = out.algorithm,
                                    .qop = out.qop,
                                    .password_hash = key,
                                    .nonce = out.nonce,
                                    .nc = out.nc,
                                    .cnonce = out.cnonce,
                                    .method = request.method,
                                    .uri = request.uri,
                                    .body = request.body});
    return print(out);
}

}  // namespace portcullis::auth
