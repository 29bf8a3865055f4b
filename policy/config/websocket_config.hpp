// SPDX-License-Identifier: BSD-2-Clause
// WebsocketConfig: which WebSocket clients a sip interface lets in (RFC 7118, RFC 6455).
#pragma once

#include <string>
#include <vector>

#include "policy/config/object_type.hpp"

namespace portcullis::config {

struct WebsocketConfig {
    std::string path{};                  // empty: any
    std::vector<std::string> origins{};  // empty: any, and clients that name none

    bool operator==(const WebsocketConfig&) const = default;
};

template <>
const ObjectType& object_type<WebsocketConfig>();

}  // namespace portcullis::config
