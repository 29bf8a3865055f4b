// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/dns_config.hpp"

#include <array>

#include "common/base/text.hpp"
#include "policy/config/field_row.hpp"

namespace portcullis::config {
namespace {

constexpr std::uint16_t kDnsPort = 53;

}  // namespace

const ValueType& ValueCodec<DnsServer>::type() {
    static constexpr ValueType kType{
        .json = JsonType::Text,
        .format = "address-port",
        .expected = "an address such as 198.18.0.53, with a port as 198.18.0.53:5353"};
    return kType;
}

Parsed<DnsServer> ValueCodec<DnsServer>::parse(const Scalar& value) {
    const auto& text = std::get<std::string>(value);
    const auto alone = IpAddress::parse(text);
    const auto endpoint =
        alone ? std::optional(Endpoint{*alone, kDnsPort}) : Endpoint::parse(text, kDnsPort);
    if (!endpoint || endpoint->port == 0) {
        return std::unexpected(ValueError{
            "bad-address", "\"" + text::printable(text) + "\" is not the address of a name server",
            "write 198.18.0.53, 198.18.0.53:5353 or [fd00::53]:53"});
    }
    const auto usable = ValueCodec<IpAddress>::parse(Scalar(endpoint->address.text()));
    if (!usable) return std::unexpected(usable.error());
    return DnsServer{*endpoint};
}

Scalar ValueCodec<DnsServer>::print(const DnsServer& value) {
    return value.endpoint.port == kDnsPort ? value.endpoint.address.text() : value.endpoint.text();
}

template <>
const ObjectType& object_type<DnsConfig>() {
    using T = DnsConfig;
    static const std::array kFields{
        field<&T::servers>("servers", {.doc = "Name servers, in the order they are asked. None: "
                                              "those of /etc/resolv.conf.",
                                       .example = "198.18.0.53",
                                       .max_items = 8}),
        field<&T::timeout>("timeout_ms",
                           {.doc = "How long a name server has for its answer; twice as long when "
                                   "all have been asked once.",
                            .unit = "ms",
                            .minimum = 100,
                            .maximum = 10000}),
        field<&T::tries>(
            "tries", {.doc = "How often each name server is asked.", .minimum = 1, .maximum = 5}),
        field<&T::prefer_ipv6>("prefer_ipv6", {.doc = "Of a host that has both, try the IPv6 "
                                                      "addresses first."}),
        field<&T::min_ttl>("min_ttl_s", {.doc = "Answers live at least so long, whatever their "
                                                "TTL says.",
                                         .unit = "s",
                                         .minimum = 1,
                                         .maximum = 300}),
        field<&T::max_ttl>(
            "max_ttl_s",
            {.doc = "Answers live at most so long.", .unit = "s", .minimum = 5, .maximum = 86400}),
        field<&T::stale>("stale_s",
                         {.doc = "While no name server answers, an answer serves so long past its "
                                 "life (RFC 8767). 0: not at all.",
                          .unit = "s",
                          .minimum = 0,
                          .maximum = 86400}),
    };
    static const ObjectType kType{"dns", "How host names of gateways are looked up.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
