// SPDX-License-Identifier: BSD-2-Clause
#include "common/net/endpoint.hpp"

#include "common/base/text.hpp"

namespace portcullis {

std::optional<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
    std::string_view host = text;
    std::string_view port;
    bool has_port = false;
    if (!text.empty() && text.front() == '[') {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(0, close + 1);
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') return std::nullopt;
        has_port = !rest.empty();
        if (has_port) port = rest.substr(1);
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        has_port = true;
    }
    const auto address = IpAddress::parse(host);
    if (!address) return std::nullopt;
    if (!has_port) return Endpoint{*address, default_port};
    const auto number = text::to_number<std::uint16_t>(port);
    if (!number) return std::nullopt;
    return Endpoint{*address, *number};
}

std::string Endpoint::text() const {
    return text::concat({address.host_text(), ":", std::to_string(port)});
}

}  // namespace portcullis
