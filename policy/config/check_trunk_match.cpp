// SPDX-License-Identifier: BSD-2-Clause
// Recognition of trunks: no source may belong to two trunks of a realm that nothing tells apart
// (checker.hpp). classify() decides by the longest prefix, then by port, then by host.
#include <algorithm>
#include <set>
#include <tuple>
#include <variant>

#include "common/base/text.hpp"
#include "policy/config/checker.hpp"

namespace portcullis::config {
namespace {

struct Claim {
    std::size_t trunk = 0;
    std::string pointer;
};

Cidr host_prefix(const IpAddress& address) {
    return {address, static_cast<std::uint8_t>(address.bytes().size() * 8)};
}

// What a trunk is recognised by: a prefix, or the host name of a gateway, wherever DNS says it is.
using Source = std::variant<Cidr, std::string>;

bool lies_within(const GatewayUri& uri, const Source& source) {
    if (const auto* name = std::get_if<std::string>(&source)) return uri.name == *name;
    return !uri.is_name() && std::get<Cidr>(source).contains(uri.endpoint.address);
}

std::string text_of(const Source& source) {
    const auto* name = std::get_if<std::string>(&source);
    return name != nullptr ? *name : std::get<Cidr>(source).text();
}

// Ports of the enabled gateways within `source`. 0: a name's port is DNS's to say.
std::set<std::uint16_t> ports_within(const TrunkConfig& trunk, const Source& source) {
    std::set<std::uint16_t> out;
    for (const GatewayConfig& gateway : trunk.gateways) {
        if (!gateway.enabled || !lies_within(gateway.uri, source)) continue;
        out.insert(gateway.uri.is_name() ? gateway.uri.port.value_or(0)
                                         : gateway.uri.endpoint.port);
    }
    return out;
}

bool told_apart(const TrunkConfig& a, const TrunkConfig& b, const Source& source) {
    if (!text::iequals(a.match.host, b.match.host)) return true;
    const auto a_ports = ports_within(a, source);
    const auto b_ports = ports_within(b, source);
    return !a_ports.empty() && !b_ports.empty() && !a_ports.contains(0) && !b_ports.contains(0) &&
           std::none_of(a_ports.begin(), a_ports.end(),
                        [&](std::uint16_t port) { return b_ports.contains(port); });
}

using Claims = std::map<std::pair<std::string_view, Source>, std::vector<Claim>>;

Claims collect_claims(const Checker& checker) {
    Claims claims;
    const auto& trunks = checker.document().trunks;
    for (std::size_t i = 0; i < trunks.size(); ++i) {
        const TrunkConfig& trunk = trunks[i];
        // Those are recognised by certificate, whatever they come from.
        if (!trunk.enabled || trunk.match.by_certificate()) continue;
        const auto add = [&](const Source& source, std::string pointer) {
            if (checker.known(pointer)) return;
            auto& list = claims[{trunk.realm, source}];
            if (list.empty() || list.back().trunk != i) list.push_back({i, std::move(pointer)});
        };
        for (std::size_t s = 0; s < trunk.match.sources.size(); ++s) {
            add(trunk.match.sources[s], at("trunks", i, "match/sources", s));
        }
        for (std::size_t g = 0; g < trunk.gateways.size(); ++g) {
            const GatewayUri& uri = trunk.gateways[g].uri;
            if (!trunk.gateways[g].enabled) continue;
            add(uri.is_name() ? Source(uri.name) : Source(host_prefix(uri.endpoint.address)),
                at("trunks", i, "gateways", g, "uri"));
        }
    }
    return claims;
}

// A name or fingerprint that two trunks of a realm claim, with nothing else to tell them apart.
void check_certificates(Checker& checker) {
    std::map<std::tuple<std::string_view, std::string, std::string>, std::size_t> seen;
    const auto& trunks = checker.document().trunks;
    for (std::size_t i = 0; i < trunks.size(); ++i) {
        const TrunkConfig& trunk = trunks[i];
        if (!trunk.enabled) continue;
        const auto claim = [&](std::string identity, std::string pointer) {
            const auto [first, fresh] =
                seen.emplace(std::tuple(std::string_view(trunk.realm), std::move(identity),
                                        text::to_lower(trunk.match.host)),
                             i);
            if (fresh || first->second == i) return;
            checker.report(std::move(pointer), "ambiguous-match",
                           "requests with this certificate could be of trunk \"" +
                               trunks[first->second].name + "\" as well",
                           "take it from one of them, or give both different match.host values");
        };
        for (std::size_t n = 0; n < trunk.match.tls_names.size(); ++n) {
            claim(text::to_lower(trunk.match.tls_names[n]), at("trunks", i, "match/tls_names", n));
        }
        for (std::size_t n = 0; n < trunk.match.tls_fingerprints.size(); ++n) {
            claim(normal_fingerprint(trunk.match.tls_fingerprints[n]),
                  at("trunks", i, "match/tls_fingerprints", n));
        }
    }
}

}  // namespace

void check_trunk_match(Checker& checker) {
    check_certificates(checker);
    const auto& trunks = checker.document().trunks;
    std::set<std::pair<std::size_t, std::size_t>> reported;
    for (const auto& [key, claims] : collect_claims(checker)) {
        for (std::size_t later = 1; later < claims.size(); ++later) {
            const TrunkConfig& b = trunks[claims[later].trunk];
            const auto same =
                std::find_if(claims.begin(), claims.begin() + static_cast<std::ptrdiff_t>(later),
                             [&, source = key.second](const Claim& earlier) {
                                 return !told_apart(trunks[earlier.trunk], b, source);
                             });
            if (same == claims.begin() + static_cast<std::ptrdiff_t>(later) ||
                !reported.emplace(same->trunk, claims[later].trunk).second) {
                continue;
            }
            checker.report(claims[later].pointer, "ambiguous-match",
                           "requests from " + text_of(key.second) + " could be of trunk \"" +
                               trunks[same->trunk].name + "\" as well",
                           "give both trunks different match.host values or gateway ports, or "
                           "take the source from one of them");
        }
    }
}

}  // namespace portcullis::config
