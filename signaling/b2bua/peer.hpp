// SPDX-License-Identifier: BSD-2-Clause
// PeerAbilities: what the far end of a dialog says that it can do.
#pragma once

#include <tuple>

#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

struct PeerAbilities {
    bool update = false;    // Allow: UPDATE (RFC 3311 section 4)
    bool refer = false;     // Allow: REFER
    bool reliable = false;  // Supported or Require: 100rel
    bool replaces = false;  // Supported: replaces
    bool allow_known = false;

    // What a message says replaces what one before it said; what it leaves open stays.
    void learn(const sip::Message& message) {
        if (message.has(sip::HeaderId::Allow)) {
            allow_known = true;
            update = message.lists(sip::HeaderId::Allow, "UPDATE");
            refer = message.lists(sip::HeaderId::Allow, "REFER");
        }
        const bool requires_reliable = message.lists(sip::HeaderId::Require, "100rel");
        if (message.has(sip::HeaderId::Supported) || requires_reliable) {
            reliable = requires_reliable || message.lists(sip::HeaderId::Supported, "100rel");
            replaces = message.lists(sip::HeaderId::Supported, "replaces");
        }
    }
    auto fields() { return std::tie(update, refer, reliable, replaces, allow_known); }
};

}  // namespace portcullis::b2bua
