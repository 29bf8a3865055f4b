// SPDX-License-Identifier: BSD-2-Clause
// websocket_handshake: the opening handshake of RFC 6455 section 4 with the subprotocol of RFC
// 7118.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::transport {

// The header section of a request or of its answer, blank line included: a browser's, with cookies.
inline constexpr std::size_t kMaxUpgrade = 8192;

// Which clients are let in.
struct WebsocketRules {
    std::string path{};                  // empty: any
    std::vector<std::string> origins{};  // empty: any, and clients that name none

    bool operator==(const WebsocketRules&) const = default;
};

struct UpgradeAnswer {
    std::string response;  // to be sent
    std::string refused;   // why; empty: the connection is a WebSocket now
};

// `request`: a whole header section.
[[nodiscard]] UpgradeAnswer answer_upgrade(std::string_view request, const WebsocketRules& rules);

// `key`: 16 random bytes in base64. `host` as the Host header wants it.
[[nodiscard]] std::string make_upgrade(std::string_view host, std::string_view path,
                                       std::string_view key);

// `response`: a whole header section. Why it is no agreement to make_upgrade(.., key); empty: it
// is.
[[nodiscard]] std::string check_upgrade(std::string_view response, std::string_view key);

// A fresh key.
[[nodiscard]] std::string make_websocket_key();

}  // namespace portcullis::transport
