// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/gateway_uri.hpp"

#include "common/base/text.hpp"
#include "policy/config/text_types.hpp"
#include "policy/config/value_codec.hpp"

namespace portcullis::config {
namespace {

constexpr std::string_view kHint =
    "write it as sip:198.18.0.2:5060;transport=udp, sip:[fd00::2]:5060;transport=tcp or "
    "sip:trunk.example.com";

std::unexpected<ValueError> bad_uri(std::string message) {
    return std::unexpected(ValueError{"bad-uri", std::move(message), std::string(kHint)});
}

// hostport of RFC 3261 section 25.1 into `uri`: name and port, or address and port.
Parsed<GatewayUri> parse_hostport(std::string_view hostport) {
    const auto refuse = [hostport] {
        return bad_uri("\"" + text::printable(hostport) + "\" is not a host and port");
    };
    const auto bracket = hostport.starts_with('[') ? hostport.find(']') : 0;
    if (bracket == std::string_view::npos) return refuse();
    const auto colon = hostport.find(':', bracket);
    const std::string_view host = hostport.substr(0, colon);
    GatewayUri uri;
    if (colon != std::string_view::npos) {
        uri.port = text::to_number<std::uint16_t>(hostport.substr(colon + 1));
        if (!uri.port || *uri.port == 0) return refuse();
    }
    if (const auto address = IpAddress::parse(host)) {
        const auto usable = ValueCodec<IpAddress>::parse(Scalar(address->text()));
        if (!usable) return std::unexpected(usable.error());
        uri.endpoint.address = *usable;
        return uri;
    }
    if (host.empty() || host.size() > kHostType.max_length || kHostType.check(host)) {
        return refuse();
    }
    uri.name = text::to_lower(host.ends_with('.') ? host.substr(0, host.size() - 1) : host);
    return uri;
}

Parsed<std::optional<TransportKind>> parse_parameters(std::string_view parameters) {
    std::optional<TransportKind> transport;
    while (!parameters.empty()) {
        const auto [parameter, rest] = text::cut(parameters, ';');
        parameters = rest;
        const auto [name, value] = text::cut(parameter, '=');
        if (!text::iequals(name, "transport") || transport) {
            return bad_uri("parameter \"" + text::printable(parameter) + "\" is not understood");
        }
        const auto parsed = ValueCodec<TransportKind>::parse(Scalar(text::to_lower(value)));
        if (!parsed) return std::unexpected(parsed.error());
        transport = *parsed;
    }
    return transport;
}

// The scheme, cut off `text`. sips: means TLS on the way to the gateway (RFC 3261 section 26.2.2).
Parsed<bool> parse_scheme(std::string_view& text) {
    if (text::istarts_with(text, "sips:")) {
        text.remove_prefix(5);
        return true;
    }
    if (!text::istarts_with(text, "sip:")) return bad_uri("the URI does not begin with sip:");
    text.remove_prefix(4);
    return false;
}

// The transport in use for one named in a URI: TCP of a sips: URI is TLS over TCP.
TransportKind effective(std::optional<TransportKind> named, bool secure) {
    if (!secure) return named.value_or(TransportKind::Udp);
    return named == TransportKind::Ws || named == TransportKind::Wss ? TransportKind::Wss
                                                                     : TransportKind::Tls;
}

}  // namespace

std::string GatewayUri::text() const {
    std::string out = secure ? "sips:" : "sip:";
    if (!is_name()) {
        out += endpoint.text() + ";transport=";
        out += describe(transport).param;
        return out;
    }
    out += name;
    if (port) out += ":" + std::to_string(*port);
    if (named_transport) {
        out += ";transport=";
        out += describe(*named_transport).param;
    }
    return out;
}

const ValueType& ValueCodec<GatewayUri>::type() {
    static constexpr ValueType kType{
        .json = JsonType::Text,
        .format = "gateway-uri",
        .expected = "a SIP URI such as sip:198.18.0.2:5060 or sip:trunk.example.com",
        .max_length = 320};
    return kType;
}

Parsed<GatewayUri> ValueCodec<GatewayUri>::parse(const Scalar& value) {
    std::string_view rest = std::get<std::string>(value);
    const auto secure = parse_scheme(rest);
    if (!secure) return std::unexpected(secure.error());
    if (rest.find('@') != std::string_view::npos) {
        return bad_uri("a gateway's URI has no user part");
    }
    if (rest.find('?') != std::string_view::npos) {
        return bad_uri("a gateway's URI has no header part");
    }
    const auto semicolon = rest.find(';');
    auto uri = parse_hostport(rest.substr(0, semicolon));
    if (!uri) return uri;
    const auto transport = parse_parameters(
        semicolon == std::string_view::npos ? std::string_view{} : rest.substr(semicolon + 1));
    if (!transport) return std::unexpected(transport.error());
    if (*secure && *transport == TransportKind::Udp) {
        return bad_uri("a sips: URI cannot be reached over udp");
    }
    uri->secure = *secure;
    uri->transport = effective(*transport, *secure);
    if (uri->is_name()) {
        uri->named_transport = *transport;
        return uri;
    }
    uri->endpoint.port = uri->port.value_or(describe(uri->transport).default_port);
    uri->port.reset();
    return uri;
}

}  // namespace portcullis::config
