// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/caller_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace portcullis::b2bua {
namespace {

using sip::HeaderId;

// Via: the topmost one only; what our own answers need is no matter any more.
constexpr std::array kKept{HeaderId::Via,
                           HeaderId::From,
                           HeaderId::To,
                           HeaderId::CallId,
                           HeaderId::CSeq,
                           HeaderId::MaxForwards,
                           HeaderId::PAssertedIdentity,
                           HeaderId::PPreferredIdentity,
                           HeaderId::RemotePartyId,
                           HeaderId::Privacy};

}  // namespace

std::string caller_text(const sip::Message& invite) {
    std::string text = std::string(invite.method_text()) + " " +
                       std::string(invite.request_uri_text()) + " SIP/2.0\r\n";
    bool has_via = false;
    for (std::size_t i = 0; i < invite.header_count(); ++i) {
        const auto field = invite.header_at(i);
        if (std::find(kKept.begin(), kKept.end(), field.id) == kKept.end()) continue;
        if (field.id == HeaderId::Via && std::exchange(has_via, true)) continue;
        text.append(field.name).append(":").append(field.value).append("\r\n");
    }
    text += "\r\n";
    text.shrink_to_fit();
    return text;
}

}  // namespace portcullis::b2bua
