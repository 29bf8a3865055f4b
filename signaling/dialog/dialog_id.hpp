// SPDX-License-Identifier: BSD-2-Clause
// DialogId: Call-ID, local tag and remote tag (RFC 3261 section 12).
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <tuple>

#include "common/base/keyed_hash.hpp"

namespace portcullis::sip {
class Message;
}

namespace portcullis::dialog {

struct DialogId {
    std::string call_id;
    std::string local_tag;
    std::string remote_tag;  // empty: a peer of RFC 2543 that sends none (12.1.1)

    auto operator<=>(const DialogId&) const = default;
    auto fields() { return std::tie(call_id, local_tag, remote_tag); }
};

// The dialog a received request belongs to: local is its To tag (12.2.2). The local tag is empty
// for a request outside of any dialog.
[[nodiscard]] DialogId id_of_request(const sip::Message& request);
// The dialog a received response belongs to or makes: local is its From tag.
[[nodiscard]] DialogId id_of_response(const sip::Message& response);

}  // namespace portcullis::dialog

template <>
struct std::hash<portcullis::dialog::DialogId> {
    std::size_t operator()(const portcullis::dialog::DialogId& id) const noexcept {
        // Ours is random and of one leg, so it tells all but the forks of an INVITE apart; what the
        // peer chooses could be made to collide.
        return portcullis::keyed_hash(id.local_tag);
    }
};
