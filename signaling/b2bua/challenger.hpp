// SPDX-License-Identifier: BSD-2-Clause
// Challenger: has the requests of a trunk show whose they are (RFC 3261 section 22, RFC 8760).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/compiled_policy.hpp"
#include "signaling/auth/digest_server.hpp"
#include "signaling/auth/source_throttle.hpp"
#include "signaling/headers/header_list.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/transport/flow.hpp"

namespace portcullis::b2bua {

struct ChallengeCounters {
    std::uint64_t challenged = 0;  // 401: no credentials of that realm
    std::uint64_t stale = 0;       // 401: a nonce that is too old, used up or not his
    std::uint64_t accepted = 0;
    std::uint64_t wrong = 0;   // 403: an unknown user or a wrong password
    std::uint64_t denied = 0;  // 403: credentials of a source that guessed too often
};

// One per shard, its thread only; the throttle is shared by all. Asking keeps nothing: a nonce
// proves itself, and only what was right, or wrong, leaves a bounded trace.
//
// 401 and not 407: we are the called user agent, not a proxy on the way to it; 407 is left to what
// lies behind us (22.3). A wrong answer gets 403, and so does an unknown user: asked again, the
// client would only guess again.
class Challenger {
 public:
    Challenger() : throttle_(std::make_shared<auth::SourceThrottle>()) {}

    void share(std::shared_ptr<auth::SourceThrottle> throttle) { throttle_ = std::move(throttle); }

    // What a request is refused with, and the challenges that go with it.
    struct Refusal {
        int status = 401;
        headers::HeaderList headers{};
    };
    // Empty: the request may enter, since its trunk is not challenged, the request never is, or it
    // carries the credentials of one of the trunk's users. ACK and CANCEL are never asked: no
    // response to them could carry a challenge (22.1).
    [[nodiscard]] std::optional<Refusal> judge(const policy::Trunk& trunk,
                                               const sip::Message& request,
                                               const transport::Source& source, TimePoint now);

    [[nodiscard]] const ChallengeCounters& counters() const { return counters_; }

 private:
    struct User {
        std::string name;
        std::map<auth::Hash, std::string> password_hashes;
    };
    // Of one trunk; as long as its settings stay as they are, since with other counts the same
    // nonces could be used again.
    struct Desk {
        config::ChallengeConfig config;
        std::vector<User> users;
        std::unique_ptr<auth::DigestServer> server;
    };

    [[nodiscard]] Desk& desk_of(const policy::Trunk& trunk);
    [[nodiscard]] Refusal refuse_wrong(const policy::Trunk& trunk, const sip::Message& request,
                                       const transport::Source& source, const std::string& user,
                                       TimePoint now);

    std::map<std::string, Desk, std::less<>> desks_;  // by trunk
    std::shared_ptr<auth::SourceThrottle> throttle_;
    ChallengeCounters counters_;
};

// Whether `trunk` has to show its credentials at all.
[[nodiscard]] inline bool is_challenged(const policy::Trunk& trunk) {
    return !trunk.challenge.users.empty();
}

}  // namespace portcullis::b2bua
