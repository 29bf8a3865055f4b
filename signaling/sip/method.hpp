// SPDX-License-Identifier: BSD-2-Clause
// Method: the SIP methods (RFC 3261 and its extensions) and their names.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace portcullis::sip {

enum class Method : std::uint8_t {
    Unknown,  // a valid token that names no method of this list
    Invite,
    Ack,
    Bye,
    Cancel,
    Options,
    Register,
    Prack,
    Subscribe,
    Notify,
    Publish,
    Info,
    Refer,
    Message,
    Update,
};

struct MethodRow {
    Method method;
    std::string_view name;
    std::string_view rfc;
};

// In the order of the enumeration.
inline constexpr std::array<MethodRow, 15> kMethods{{
    {Method::Unknown, "", ""},
    {Method::Invite, "INVITE", "RFC 3261"},
    {Method::Ack, "ACK", "RFC 3261"},
    {Method::Bye, "BYE", "RFC 3261"},
    {Method::Cancel, "CANCEL", "RFC 3261"},
    {Method::Options, "OPTIONS", "RFC 3261"},
    {Method::Register, "REGISTER", "RFC 3261"},
    {Method::Prack, "PRACK", "RFC 3262"},
    {Method::Subscribe, "SUBSCRIBE", "RFC 6665"},
    {Method::Notify, "NOTIFY", "RFC 6665"},
    {Method::Publish, "PUBLISH", "RFC 3903"},
    {Method::Info, "INFO", "RFC 6086"},
    {Method::Refer, "REFER", "RFC 3515"},
    {Method::Message, "MESSAGE", "RFC 3428"},
    {Method::Update, "UPDATE", "RFC 3311"},
}};

// "INVITE"; empty for Unknown, whose text only the message knows.
[[nodiscard]] constexpr std::string_view name(Method method) {
    return kMethods[static_cast<std::size_t>(method)].name;
}

// Method names are case-sensitive (RFC 3261 section 7.1): "invite" is Unknown.
[[nodiscard]] constexpr Method parse_method(std::string_view text) {
    if (text.empty()) return Method::Unknown;
    for (const auto& row : kMethods) {
        if (row.name == text) return row.method;
    }
    return Method::Unknown;
}

}  // namespace portcullis::sip
