// SPDX-License-Identifier: BSD-2-Clause
// The pass-list: which header fields cross from one leg to the other, in which messages, from whom,
// under which setting and in what form (RFC 5853 section 3.1). What has no row does not cross.
#pragma once

#include <span>
#include <string_view>

#include "signaling/headers/crossing.hpp"

namespace portcullis::headers {

// Whose word is taken for it.
enum class Sender : std::uint8_t { Any, Trusted };

struct PassRow {
    sip::HeaderId id;
    Kinds kinds;
    Sender sender;
    // Whether the receiver's rules let it through; nullptr: the transform looks at them itself.
    bool policy::IdentityRules::* rule;
    Transform transform;
    std::string_view setting;  // of `identity`; empty: there is none
    std::string_view rfc;
    // From other fields too: applied though the message does not carry that header.
    bool made_here = false;
};

// In the order in which the fields are written.
[[nodiscard]] std::span<const PassRow> pass_table();

// It has a row, or is ours.
[[nodiscard]] bool is_listed(sip::HeaderId id);

// Ours on each leg: fields that route, frame or form the dialog, and what is negotiated per leg.
// Never copied, whatever a configuration says.
[[nodiscard]] bool is_ours(sip::HeaderId id);

}  // namespace portcullis::headers
