// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/websocket_config.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"
#include "policy/config/field_row.hpp"

namespace portcullis::config {
namespace {

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::optional<ValueError> check_resource(std::string_view path) {
    if (path.front() == '/' && is_printable(path) &&
        path.find_first_of("?#") == std::string_view::npos) {
        return std::nullopt;
    }
    return ValueError{"bad-path", "\"" + text::printable(path) + "\" is not a resource path",
                      "begin it with '/', as in /sip; no query, no spaces"};
}

// The form of RFC 6454 section 6.1, as browsers send it.
std::optional<ValueError> check_origin(std::string_view origin) {
    const auto scheme = origin.find("://");
    if (scheme != std::string_view::npos && scheme > 0 && is_printable(origin) &&
        origin.size() > scheme + 3 && origin.find('/', scheme + 3) == std::string_view::npos) {
        return std::nullopt;
    }
    return ValueError{"bad-origin", "\"" + text::printable(origin) + "\" is not an origin",
                      "write scheme and host as browsers do: https://phone.example.com"};
}

constinit const ValueType kResourceType{.format = "path",
                                        .expected = "a resource path such as /sip",
                                        .check = check_resource,
                                        .max_length = 256};
constinit const ValueType kOriginType{.format = "origin",
                                      .expected = "an origin such as https://phone.example.com",
                                      .check = check_origin,
                                      .max_length = 256};

}  // namespace

template <>
const ObjectType& object_type<WebsocketConfig>() {
    using T = WebsocketConfig;
    static const std::array kFields{
        field<&T::path>("path", {.doc = "The resource that clients must ask for. Default: any.",
                                 .example = "/sip",
                                 .type = &kResourceType}),
        field<&T::origins>("origins",
                           {.doc = "The web pages, by origin, whose scripts may connect. "
                                   "With any, clients that name none are refused. "
                                   "Default: all.",
                            .example = "https://phone.example.com",
                            .max_items = 64,
                            .type = &kOriginType}),
    };
    static const ObjectType kType{"websocket", "Which WebSocket clients are let in.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
