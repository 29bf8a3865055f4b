// SPDX-License-Identifier: BSD-2-Clause
// A received message as text.
#include "tests/peers/sofia_peer/message_text.hpp"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_header.h>
#include <strings.h>

#include <vector>

namespace sofia_peer {
namespace {

// A header that the parser has taken apart has no bytes of its own and is written out.
std::string written(const msg_header_t* header) {
    std::vector<char> buffer(4096);
    const issize_t size =
        msg_header_e(buffer.data(), static_cast<isize_t>(buffer.size()), header, 0);
    if (size <= 0 || static_cast<std::size_t>(size) >= buffer.size()) return {};
    return {buffer.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::string message_text(const msg_t* message) {
    if (message == nullptr) return {};
    std::string text;
    const auto* header = *msg_chain_head(message);
    for (; header != nullptr; header = header->sh_succ) {
        const msg_common_t* common = header->sh_common;
        if (common->h_data != nullptr) {
            text.append(static_cast<const char*>(common->h_data), common->h_len);
        } else {
            text += written(header);
        }
    }
    return text;
}

bool has_sdp(const sip_t* sip) {
    if (sip == nullptr || sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0)
        return false;
    const sip_content_type_t* type = sip->sip_content_type;
    return type != nullptr && type->c_type != nullptr &&
           strcasecmp(type->c_type, "application/sdp") == 0;
}

}  // namespace sofia_peer
