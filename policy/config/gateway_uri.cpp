// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/gateway_uri.hpp"

#include "common/base/text.hpp"
#include "policy/config/value_codec.hpp"

namespace portcullis::config {
namespace {

constexpr std::string_view kHint =
    "write it as sip:198.18.0.2:5060;transport=udp or sip:[fd00::2]:5060;transport=tcp";

std::unexpected<ValueError> bad_uri(std::string message) {
    return std::unexpected(ValueError{"bad-uri", std::move(message), std::string(kHint)});
}

std::unexpected<ValueError> unsupported(std::string message, std::string hint) {
    return std::unexpected(ValueError{"unsupported", std::move(message), std::move(hint)});
}

// hostport of RFC 3261 section 25.1, with an address as host.
Parsed<Endpoint> parse_hostport(std::string_view hostport, TransportKind transport) {
    const bool looks_like_name =
        !hostport.empty() && hostport.front() != '[' &&
        hostport.find_first_not_of("0123456789.:") != std::string_view::npos &&
        hostport.find_first_of("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ-") !=
            std::string_view::npos;
    const auto endpoint = Endpoint::parse(hostport, describe(transport).default_port);
    if (!endpoint && looks_like_name) {
        return unsupported("host names of gateways are not supported in this version",
                           "write the gateway's address; one gateway row per address");
    }
    if (!endpoint || endpoint->port == 0) {
        return bad_uri("\"" + text::printable(hostport) + "\" is not an address and port");
    }
    const auto usable = ValueCodec<IpAddress>::parse(Scalar(endpoint->address.text()));
    if (!usable) return std::unexpected(usable.error());
    return *endpoint;
}

Parsed<TransportKind> parse_parameters(std::string_view parameters) {
    auto transport = TransportKind::Udp;
    bool seen = false;
    while (!parameters.empty()) {
        const auto [parameter, rest] = text::cut(parameters, ';');
        parameters = rest;
        const auto [name, value] = text::cut(parameter, '=');
        if (!text::iequals(name, "transport") || seen) {
            return bad_uri("parameter \"" + text::printable(parameter) + "\" is not understood");
        }
        seen = true;
        const auto parsed = ValueCodec<TransportKind>::parse(Scalar(text::to_lower(value)));
        if (!parsed) return std::unexpected(parsed.error());
        transport = *parsed;
    }
    return transport;
}

}  // namespace

std::string GatewayUri::text() const {
    std::string out = "sip:" + endpoint.text() + ";transport=";
    out += describe(transport).param;
    return out;
}

const ValueType& ValueCodec<GatewayUri>::type() {
    static constexpr ValueType kType{.json = JsonType::Text,
                                     .format = "gateway-uri",
                                     .expected = "a SIP URI such as sip:198.18.0.2:5060"};
    return kType;
}

Parsed<GatewayUri> ValueCodec<GatewayUri>::parse(const Scalar& value) {
    std::string_view uri = std::get<std::string>(value);
    if (text::istarts_with(uri, "sips:")) {
        return unsupported("sips: URIs are not supported in this version",
                           "use sip: with transport=tls");
    }
    if (!text::istarts_with(uri, "sip:")) return bad_uri("the URI does not begin with sip:");
    uri.remove_prefix(4);
    if (uri.find('@') != std::string_view::npos) {
        return bad_uri("a gateway's URI has no user part");
    }
    if (uri.find('?') != std::string_view::npos) {
        return bad_uri("a gateway's URI has no header part");
    }
    const auto semicolon = uri.find(';');
    const auto transport = parse_parameters(
        semicolon == std::string_view::npos ? std::string_view{} : uri.substr(semicolon + 1));
    if (!transport) return std::unexpected(transport.error());
    const auto endpoint = parse_hostport(uri.substr(0, semicolon), *transport);
    if (!endpoint) return std::unexpected(endpoint.error());
    return GatewayUri{*endpoint, *transport};
}

}  // namespace portcullis::config
