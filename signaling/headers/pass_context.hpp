// SPDX-License-Identifier: BSD-2-Clause
// PassContext: where a message comes from and where it goes, as far as its header fields care.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "policy/identity_rules.hpp"
#include "signaling/headers/change_log.hpp"

namespace portcullis::headers {

// Whose number a user part is: the caller and those who diverted him are told the way calling
// numbers are, targets the way called numbers are.
enum class NumberRole { Calling, Called };

// The user part (unescaped) as the other side is to see it: the call's number rules. Empty: as it
// is. Number rules have no reverse: leave it empty for what flows back to the caller.
using NumberMap = std::function<std::string(NumberRole role, std::string_view user)>;

// A value made for one message. Rules and log are the caller's and outlive the pass; `from` and
// `to` live as long as the policy they were found in.
struct PassContext {
    bool from_trusted = false;  // asked only where there are no rules
    bool to_trusted = false;
    std::string domain;                           // replaces the host of every URI that crosses
    const policy::IdentityRules* from = nullptr;  // nullptr: the defaults of `from_trusted`
    const policy::IdentityRules* to = nullptr;
    std::string from_realm{};
    NumberMap numbers{};
    // User parts of From and of the Request-URI as they are sent; empty: mapped from the message's.
    std::string calling{};
    std::string called{};
    // Our Session-ID for the sender (32 hexadecimal digits) and the receiver's own, for sides whose
    // identifiers are regenerated (RFC 7989); empty: none.
    std::string session_id{};
    std::string peer_session_id{};
    ChangeLog* changes = nullptr;  // filled with what happened, if given

    [[nodiscard]] const policy::IdentityRules& from_rules() const {
        return from != nullptr ? *from : policy::default_identity_rules(from_trusted);
    }
    [[nodiscard]] const policy::IdentityRules& to_rules() const {
        return to != nullptr ? *to : policy::default_identity_rules(to_trusted);
    }
    [[nodiscard]] std::string map(NumberRole role, std::string_view user) const {
        return numbers ? numbers(role, user) : std::string(user);
    }
};

}  // namespace portcullis::headers
