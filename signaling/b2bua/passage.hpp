// SPDX-License-Identifier: BSD-2-Clause
// Passage: a request outside of calls that goes from one trunk to another, and the pair of dialogs
// that a SUBSCRIBE or REFER makes of it (RFC 6665, RFC 3515).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/strong_id.hpp"
#include "policy/decision.hpp"
#include "signaling/auth/digest_client.hpp"
#include "signaling/b2bua/header_pass.hpp"
#include "signaling/b2bua/leg.hpp"
#include "signaling/dialog/dialog.hpp"
#include "signaling/shard/timer_wheel.hpp"
#include "signaling/transaction/transaction_user.hpp"

namespace portcullis::b2bua {

struct PassageIdTag;
using PassageId = StrongId<PassageIdTag, std::uint64_t>;

// What Core has found out about the request before it is passed.
struct PassageSetup {
    transaction::ServerId uas;
    sip::MessagePtr request;
    transport::Source source;
    std::string realm;
    std::string trunk;
    policy::Proceed route;
};

// One request under way within a passage.
struct PassingRequest {
    transaction::ServerId uas;
    sip::MessagePtr request;
    transaction::ClientId uac;
    Side from = Side::A;
    auth::ChallengeCount challenges{};
};

[[nodiscard]] inline bool makes_dialog(sip::Method method) {
    return method == sip::Method::Subscribe || method == sip::Method::Refer;
}

// Under which a dialog of a passage is found.
[[nodiscard]] inline std::string passage_key(std::string_view call_id, std::string_view our_tag) {
    return std::string(call_id) + '\n' + std::string(our_tag);
}

// A value owned by Passages; `a` is the side that asked first.
struct Passage {
    PassageId id;
    PassageSetup setup;
    std::vector<policy::Target> targets;  // not tried yet
    policy::Target target;                // that is tried
    Leg a;
    Leg b;
    std::string a_tag;  // ours, towards a
    std::string from_tag;
    std::uint32_t attempts = 0;
    sip::MessagePtr sent;
    auth::ChallengeCount challenges{};
    HeaderList credentials{};
    transaction::ClientId uac;
    std::optional<dialog::Dialog> a_dialog;  // once accepted
    std::optional<dialog::Dialog> b_dialog;
    std::vector<PassingRequest> pending;
    // NOTIFYs that overtook the answer to the SUBSCRIBE (RFC 6665 section 4.1.2.4).
    std::vector<std::function<void()>> early;
    shard::TimerId timer{};
    bool answered = false;  // the first request
    bool over = false;      // a NOTIFY said so

    [[nodiscard]] Leg& leg(Side side) { return side == Side::A ? a : b; }
    [[nodiscard]] std::optional<dialog::Dialog>& dialog(Side side) {
        return side == Side::A ? a_dialog : b_dialog;
    }
};

}  // namespace portcullis::b2bua
