// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/server_uri.hpp"

#include "common/base/text.hpp"
#include "policy/config/text_types.hpp"

namespace portcullis::config {
namespace {

constexpr std::string_view kServerHint =
    "write it as sip:registrar.example.com or sip:198.18.1.2:5060;transport=tcp";

std::unexpected<ValueError> bad_server_uri(std::string message) {
    return std::unexpected(ValueError{"bad-uri", std::move(message), std::string(kServerHint)});
}

// Where the port's colon stands, past the brackets of an IPv6 address.
std::size_t port_colon(std::string_view hostport) {
    const auto bracket = hostport.rfind(']');
    return hostport.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

std::optional<ValueError> parse_server_host(std::string_view hostport, ServerUri& out) {
    const auto colon = port_colon(hostport);
    const auto host = hostport.substr(0, colon);
    if (host.empty())
        return ValueError{"bad-uri", "the URI names no host", std::string(kServerHint)};
    if (auto error = kHostType.check(host)) return error;
    out.host = text::to_lower(host);
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = text::to_number<std::uint16_t>(hostport.substr(colon + 1));
    if (!port || *port == 0) {
        return ValueError{"bad-uri",
                          "\"" + text::printable(hostport.substr(colon + 1)) + "\" is not a port",
                          std::string(kServerHint)};
    }
    out.port = *port;
    return std::nullopt;
}

std::optional<ValueError> parse_server_parameter(std::string_view parameter, ServerUri& out) {
    const auto [name, value] = text::cut(parameter, '=');
    if (!text::iequals(name, "transport") || out.transport) {
        return ValueError{"bad-uri",
                          "parameter \"" + text::printable(parameter) + "\" is not understood",
                          std::string(kServerHint)};
    }
    auto transport = ValueCodec<TransportKind>::parse(Scalar(text::to_lower(value)));
    if (!transport) return std::move(transport.error());
    out.transport = *transport;
    return std::nullopt;
}

}  // namespace

std::string ServerUri::domain_uri() const {
    return (secure ? "sips:" : "sip:") + host + (port ? ":" + std::to_string(*port) : "");
}

std::string ServerUri::text() const {
    std::string out = domain_uri();
    if (transport) out += ";transport=" + std::string(describe(*transport).param);
    return out;
}

const ValueType& ValueCodec<ServerUri>::type() {
    static constexpr ValueType kType{.json = JsonType::Text,
                                     .format = "server-uri",
                                     .expected = "a SIP URI such as sip:registrar.example.com"};
    return kType;
}

Parsed<ServerUri> ValueCodec<ServerUri>::parse(const Scalar& value) {
    std::string_view uri = std::get<std::string>(value);
    ServerUri out;
    out.secure = text::istarts_with(uri, "sips:");
    if (!out.secure && !text::istarts_with(uri, "sip:")) {
        return bad_server_uri("the URI does not begin with sip: or sips:");
    }
    uri.remove_prefix(out.secure ? 5 : 4);
    if (uri.find('@') != std::string_view::npos)
        return bad_server_uri("a server's URI has no user part");
    if (uri.find('?') != std::string_view::npos) {
        return bad_server_uri("a server's URI has no header part");
    }
    auto [hostport, parameters] = text::cut(uri, ';');
    if (auto error = parse_server_host(hostport, out)) return std::unexpected(std::move(*error));
    while (!parameters.empty()) {
        const auto [parameter, rest] = text::cut(parameters, ';');
        parameters = rest;
        if (auto error = parse_server_parameter(parameter, out))
            return std::unexpected(std::move(*error));
    }
    return out;
}

}  // namespace portcullis::config
