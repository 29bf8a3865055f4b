// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/value_codec.hpp"

#include "common/base/text.hpp"

namespace portcullis::config {
namespace {

// `address` with the bits past `length` cleared.
Cidr masked(const IpAddress& address, std::uint8_t length) {
    std::array<std::byte, 16> bytes{};
    const auto source = address.bytes();
    for (std::size_t i = 0; i < source.size(); ++i) {
        const std::size_t keep = length >= i * 8 + 8 ? 8 : length > i * 8 ? length - i * 8 : 0;
        bytes[i] = source[i] & static_cast<std::byte>(0xff00U >> keep);
    }
    return {address.is_v4() ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes),
            length};
}

// Traffic of an IPv4 peer carries its IPv4 address: the mapped form would never match it.
ValueError mapped_address(std::string_view code, std::string_view text, const std::string& v4) {
    return {code, "\"" + text::printable(text) + "\" is an IPv4 address in IPv6 form",
            "write " + v4};
}

std::unexpected<ValueError> bad_cidr(std::string_view text) {
    ValueError error{"bad-cidr", "\"" + text::printable(text) + "\" is not an address prefix",
                     "write it as 198.18.0.0/24 or fd00::/64, or as an address alone"};
    const auto [address_text, length_text] = text::cut(text, '/');
    const auto address = IpAddress::parse(address_text);
    const auto length = text::to_number<std::uint8_t>(length_text);
    if (address && length && *length <= address->bytes().size() * 8) {
        error.message = "\"" + text::printable(text) + "\" has bits set past the prefix length";
        error.hint = "write " + masked(*address, *length).text() + ", or " + address->text() +
                     " for the address alone";
    }
    return std::unexpected(std::move(error));
}

// The bits before the IPv4 address in an IPv4-mapped one.
constexpr std::uint8_t kMappedBits = 96;

constexpr std::array<std::string_view, 5> kTransportNames{"udp", "tcp", "tls", "ws", "wss"};

}  // namespace

std::string join_names(std::span<const std::string_view> names) {
    std::string out;
    for (const auto name : names) {
        if (!out.empty()) out += ", ";
        out += name;
    }
    return out;
}

ValueError not_one_of(std::string_view text, std::span<const std::string_view> names) {
    return {"bad-value", "\"" + text::printable(text) + "\" is not known here",
            "use one of: " + join_names(names)};
}

const ValueType& ValueCodec<TransportKind>::type() {
    static constexpr ValueType kType{.json = JsonType::Text,
                                     .format = "transport",
                                     .expected = "udp, tcp, tls, ws or wss",
                                     .names = kTransportNames};
    return kType;
}

Parsed<TransportKind> ValueCodec<TransportKind>::parse(const Scalar& value) {
    const auto& name = std::get<std::string>(value);
    for (const auto& row : kTransports) {
        if (row.param == name) return row.kind;
    }
    return std::unexpected(not_one_of(name, kTransportNames));
}

const ValueType& ValueCodec<IpAddress>::type() {
    static constexpr ValueType kType{.json = JsonType::Text,
                                     .format = "ip",
                                     .expected = "an address such as 198.18.0.1 or fd00::1"};
    return kType;
}

Parsed<IpAddress> ValueCodec<IpAddress>::parse(const Scalar& value) {
    const auto& text = std::get<std::string>(value);
    const auto address = IpAddress::parse(text);
    if (!address || text.front() == '[') {
        return std::unexpected(
            ValueError{"bad-address", "\"" + text::printable(text) + "\" is not an address",
                       "write an IPv4 or IPv6 address without port, brackets or zone"});
    }
    if (const auto inner = address->mapped_v4()) {
        return std::unexpected(mapped_address("bad-address", text, inner->text()));
    }
    if (address->is_unspecified() || address->is_multicast() || address->is_broadcast() ||
        address->is_link_local()) {
        return std::unexpected(ValueError{
            "bad-address",
            text::printable(text) + " cannot be used as an address of a peer or ours",
            "write one unicast address: not a wildcard, multicast, broadcast or link-local one"});
    }
    return *address;
}

const ValueType& ValueCodec<Cidr>::type() {
    static constexpr ValueType kType{.json = JsonType::Text,
                                     .format = "cidr",
                                     .expected = "an address prefix such as 198.18.0.0/24"};
    return kType;
}

Parsed<Cidr> ValueCodec<Cidr>::parse(const Scalar& value) {
    const auto& text = std::get<std::string>(value);
    const auto cidr = Cidr::parse(text);
    if (!cidr || text.front() == '[') return bad_cidr(text);
    const auto inner = cidr->network.mapped_v4();
    if (!inner || cidr->length < kMappedBits) return *cidr;
    const Cidr v4{*inner, static_cast<std::uint8_t>(cidr->length - kMappedBits)};
    return std::unexpected(mapped_address("bad-cidr", text, v4.text()));
}

}  // namespace portcullis::config
