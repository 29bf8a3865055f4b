// SPDX-License-Identifier: BSD-2-Clause
// NameAddr: a name-addr or addr-spec with header parameters (From, To, Contact, Route ...).
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/sip/params.hpp"
#include "signaling/sip/uri.hpp"

namespace portcullis::sip {

// VIEWS of the text it was parsed from.
struct NameAddr {
    std::string_view display_name;  // as written, quotes included; may be empty
    std::string_view uri_text;      // the addr-spec, without <>
    Uri uri;                        //
    bool bracketed = false;         // written in <>
    Params params;                  // header parameters, never the URI's
    std::string_view tag;           // value of the tag parameter, empty without one

    // Display name without quotes and escapes, for records and decisions.
    [[nodiscard]] std::string display_text() const;
};

// One value of From, To, Contact, Route, Record-Route, P-Asserted-Identity and the like. Without
// <> everything behind ';' is a header parameter, and '?' or ',' in the URI is refused (RFC 3261
// section 20). Fails with MalformedAddress. "*" (Contact) is not an address.
[[nodiscard]] Result<NameAddr> parse_name_addr(std::string_view text);
// A temporary would leave the views dangling.
template <std::same_as<std::string> Temporary>
Result<NameAddr> parse_name_addr(Temporary&& text) = delete;

// As parse_name_addr(), into a fresh `out`; false leaves it in any state.
[[nodiscard]] bool read_name_addr(std::string_view text, NameAddr& out);

// Always in <>.
[[nodiscard]] std::string print(const NameAddr& value);
void append(std::string& out, const NameAddr& value);

}  // namespace portcullis::sip
