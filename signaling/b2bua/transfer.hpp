// SPDX-License-Identifier: BSD-2-Clause
// Transfer: a REFER that is carried out here (RFC 3515, RFC 5589): one leg of the call leaves,
// another takes its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/strong_id.hpp"
#include "signaling/b2bua/leg.hpp"

namespace portcullis::b2bua {

// Of a confirmed call; one at a time.
struct Transfer {
    Side from = Side::A;    // the leg that asked, and that is replaced
    std::string event;      // value of Event in its NOTIFYs
    bool notifies = true;   // the referrer wants to be told (RFC 4488)
    bool gone = false;      // the referrer has hung up meanwhile
    int last_notified = 0;  // status
    std::string referred_by;
    // The call whose leg is asked to take the referrer's place, until it has agreed or refused.
    std::optional<CallId> lender;
};

// A leg that another call asks to join it.
struct Lent {
    Side side = Side::B;
    bool alone = false;  // the other leg has hung up meanwhile
};

// A dialog that a Replaces names (RFC 3891).
struct ReplacedDialog {
    CallId call;
    dialog::DialogId dialog;
    // Named as its far end knows it: who sends this wants to be joined with that far end.
    bool from_afar = false;
    // Of the leg whose place is taken.
    std::string trunk{};
    std::string realm{};
};

// Whether a peer of `trunk` may take that leg's place (RFC 3891 section 7: the tags alone are no
// authorization, they may have been seen on the way).
[[nodiscard]] inline bool may_replace(config::ReplacesScope scope, std::string_view trunk,
                                      std::string_view realm, const ReplacedDialog& named) {
    if (scope == config::ReplacesScope::Any || named.trunk == trunk) return true;
    return scope == config::ReplacesScope::Realm && named.realm == realm;
}

}  // namespace portcullis::b2bua
