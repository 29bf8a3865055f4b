// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/header_names.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace portcullis::config {
namespace {

// A header field and the setting of `identity` that governs it; without one it is ours on each leg.
struct Governed {
    std::string_view name;
    std::string_view setting;
};

constexpr std::array kGoverned{
    // Dialogs, routing and framing are ours on each leg (RFC 5853 section 3.1).
    Governed{"Via", ""},
    Governed{"v", ""},
    Governed{"From", ""},
    Governed{"f", ""},
    Governed{"To", ""},
    Governed{"t", ""},
    Governed{"Call-ID", ""},
    Governed{"i", ""},
    Governed{"CSeq", ""},
    Governed{"Contact", ""},
    Governed{"m", ""},
    Governed{"Max-Forwards", ""},
    Governed{"Max-Breadth", ""},
    Governed{"Route", ""},
    Governed{"Record-Route", ""},
    Governed{"Path", ""},
    Governed{"Service-Route", ""},
    Governed{"Content-Length", ""},
    Governed{"l", ""},
    Governed{"Content-Type", ""},
    Governed{"c", ""},
    Governed{"Content-Encoding", ""},
    Governed{"e", ""},
    Governed{"Content-Disposition", ""},
    Governed{"Content-ID", ""},
    Governed{"MIME-Version", ""},
    Governed{"Timestamp", ""},
    // What we support and demand is said per leg (RFC 3261 section 8.2.2).
    Governed{"Allow", ""},
    Governed{"Supported", ""},
    Governed{"k", ""},
    Governed{"Require", ""},
    Governed{"Proxy-Require", ""},
    Governed{"Unsupported", ""},
    Governed{"RSeq", ""},
    Governed{"RAck", ""},
    Governed{"Session-Expires", ""},
    Governed{"x", ""},
    Governed{"Min-SE", ""},
    // References to dialogs are translated, never copied.
    Governed{"Replaces", ""},
    Governed{"Join", ""},
    Governed{"Target-Dialog", ""},
    Governed{"In-Reply-To", ""},
    Governed{"Refer-To", ""},
    Governed{"r", ""},
    // Credentials are for the hop they were made for (RFC 3261 section 22).
    Governed{"Authorization", ""},
    Governed{"Proxy-Authorization", ""},
    Governed{"WWW-Authenticate", ""},
    Governed{"Proxy-Authenticate", ""},
    Governed{"Authentication-Info", ""},
    Governed{"Proxy-Authentication-Info", ""},
    Governed{"P-Asserted-Identity", "asserted_identity"},
    Governed{"P-Preferred-Identity", "preferred_identity"},
    Governed{"Remote-Party-ID", "remote_party_id"},
    Governed{"Privacy", "privacy"},
    Governed{"Identity", "signature"},
    Governed{"y", "signature"},
    Governed{"Date", "signature"},
    Governed{"Diversion", "redirection"},
    Governed{"History-Info", "redirection"},
    Governed{"Referred-By", "referred_by"},
    Governed{"b", "referred_by"},
    Governed{"User-to-User", "user_to_user"},
    Governed{"Reason", "reason"},
    Governed{"Geolocation", "geolocation"},
    Governed{"Geolocation-Routing", "geolocation"},
    Governed{"Geolocation-Error", "geolocation"},
    Governed{"Resource-Priority", "resource_priority"},
    Governed{"Accept-Resource-Priority", "resource_priority"},
    Governed{"P-Charging-Vector", "charging"},
    Governed{"P-Charging-Function-Addresses", "charging"},
    Governed{"P-Access-Network-Info", "access_network"},
    Governed{"P-Early-Media", "early_media"},
    Governed{"Alert-Info", "alert_info"},
    Governed{"Call-Info", "call_info"},
    Governed{"Answer-Mode", "answer_mode"},
    Governed{"Priv-Answer-Mode", "answer_mode"},
    Governed{"Accept-Contact", "caller_preferences"},
    Governed{"a", "caller_preferences"},
    Governed{"Reject-Contact", "caller_preferences"},
    Governed{"j", "caller_preferences"},
    Governed{"Request-Disposition", "caller_preferences"},
    Governed{"d", "caller_preferences"},
    Governed{"Session-ID", "session_id"},
    Governed{"User-Agent", "software"},
    Governed{"Server", "software"},
};

bool is_token(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return text::is_alpha(c) || text::is_digit(c) ||
               std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
    });
}

std::optional<ValueError> check_pass_header(std::string_view name) {
    if (!is_token(name)) {
        return ValueError{"bad-header", "\"" + text::printable(name) + "\" cannot name a header",
                          "use the name alone, such as X-Account, without a colon"};
    }
    const auto* const found =
        std::find_if(kGoverned.begin(), kGoverned.end(),
                     [name](const Governed& row) { return text::iequals(row.name, name); });
    if (found == kGoverned.end()) return std::nullopt;
    if (found->setting.empty()) {
        return ValueError{"reserved-header",
                          "\"" + std::string(name) + "\" is made anew on each side of a call",
                          "remove it; only fields that no dialog, route or credential hangs on "
                          "can pass"};
    }
    return ValueError{"reserved-header", "\"" + std::string(name) + "\" has a setting of its own",
                      "set identity." + std::string(found->setting) + " instead"};
}

}  // namespace

constinit const ValueType kPassHeaderType{.format = "header-name",
                                          .expected = "the name of a header such as X-Account",
                                          .check = check_pass_header,
                                          .max_length = 64};

}  // namespace portcullis::config
