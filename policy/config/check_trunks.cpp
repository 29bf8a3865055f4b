// SPDX-License-Identifier: BSD-2-Clause
// Trunks: gateways, capacity, failover codes, and what their realm must have (checker.hpp).
#include <algorithm>
#include <set>

#include "policy/config/checker.hpp"

namespace portcullis::config {
namespace {

constexpr std::string_view kSection = "trunks";

std::string family_name(IpFamily family) { return family == IpFamily::V4 ? "IPv4" : "IPv6"; }

// What a realm has to offer to its trunks. `uncertain`: an object of it is being refused already.
struct RealmAssets {
    std::vector<const SipInterfaceConfig*> interfaces;
    // Of the enabled pools, by family: absent without one. Media of a leg is of one family.
    std::map<IpFamily, std::uint64_t> port_pairs;
    bool interfaces_uncertain = false;
    bool pools_uncertain = false;
};

class TrunkCheck {
 public:
    explicit TrunkCheck(Checker& checker) : checker_(checker) {
        const Document& document = checker.document();
        for (std::size_t i = 0; i < document.sip_interfaces.size(); ++i) {
            const SipInterfaceConfig& interface = document.sip_interfaces[i];
            const bool uncertain = checker.known(at("sip_interfaces", i));
            any_interface_uncertain_ |= misplaced("sip_interfaces", i, interface.realm);
            if (interface.enabled) assets_[interface.realm].interfaces.push_back(&interface);
            assets_[interface.realm].interfaces_uncertain |= uncertain;
        }
        for (std::size_t i = 0; i < document.media_pools.size(); ++i) {
            const MediaPoolConfig& pool = document.media_pools[i];
            any_pool_uncertain_ |= misplaced("media_pools", i, pool.realm);
            RealmAssets& assets = assets_[pool.realm];
            assets.pools_uncertain |= checker.known(at("media_pools", i));
            if (!pool.enabled) continue;
            assets.port_pairs[pool.address.family()] += pool.ports().pair_count();
        }
    }

    void check(std::size_t i) {
        const TrunkConfig& trunk = checker_.document().trunks[i];
        check_codes(i, trunk);
        check_timers(i, trunk);
        check_gateway_list(i, trunk);
        check_capacity(i, trunk);
        if (trunk.gateways.empty() && trunk.match.sources.empty() &&
            !trunk.match.by_certificate()) {
            check_reachable(i, trunk);
        }
        if (trunk.enabled && checker_.realm(trunk.realm) != nullptr) check_realm(i, trunk);
    }

 private:
    // Its realm is being refused: it may have been meant for any.
    [[nodiscard]] bool misplaced(std::string_view section, std::size_t i,
                                 std::string_view realm) const {
        return checker_.known(at(section, i, "realm")) || checker_.realm(realm) == nullptr;
    }

    void check_codes(std::size_t i, const TrunkConfig& trunk) {
        for (std::size_t c = 0; c < trunk.failover_codes.size(); ++c) {
            const std::uint16_t code = trunk.failover_codes[c];
            if (code != 486 && code < 600) continue;
            checker_.report(at(kSection, i, "failover_codes", c), "final-code",
                            std::to_string(code) + " ends a call: the user has been asked",
                            "remove it; 486 and 6xx are never tried elsewhere");
        }
    }

    void check_timers(std::size_t i, const TrunkConfig& trunk) {
        const TimerConfig& global = checker_.document().timers;
        const auto attempt = trunk.timers.attempt_timeout.value_or(global.attempt_timeout);
        const auto ring = trunk.timers.ring_timeout.value_or(global.ring_timeout);
        if (trunk.timers.ring_timeout && ring > global.setup_timeout &&
            !checker_.known("/timers/setup_timeout_s")) {
            checker_.report(at(kSection, i, "timers/ring_timeout_s"), "timer-order",
                            "it is longer than setup_timeout_s, " +
                                std::to_string(global.setup_timeout.count()) + " s",
                            "shorten it, or lengthen /timers/setup_timeout_s");
        }
        if (trunk.session.min_se > trunk.session.session_expires) {
            checker_.report(at(kSection, i, "session/min_se_s"), "timer-order",
                            "it is longer than session_expires_s, " +
                                std::to_string(trunk.session.session_expires.count()) + " s",
                            "shorten it, or lengthen session_expires_s (RFC 4028)");
        }
        if (trunk.timers.attempt_timeout && attempt > ring) {
            checker_.report(
                at(kSection, i, "timers/attempt_timeout_s"), "timer-order",
                "it is longer than the ring timeout, " + std::to_string(ring.count()) + " s",
                "shorten it");
        }
    }

    void check_gateway_list(std::size_t i, const TrunkConfig& trunk) {
        std::set<std::string> names;
        std::set<std::string> uris;
        for (std::size_t g = 0; g < trunk.gateways.size(); ++g) {
            const GatewayConfig& gateway = trunk.gateways[g];
            if (!gateway.name.empty() && !names.insert(gateway.name).second) {
                checker_.report(at(kSection, i, "gateways", g, "name"), "duplicate-name",
                                "another gateway of the trunk is called \"" + gateway.name + "\"",
                                "rename one of them");
            }
            if (checker_.known(at(kSection, i, "gateways", g, "uri"))) continue;
            if (!uris.insert(gateway.uri.text()).second) {
                checker_.report(at(kSection, i, "gateways", g, "uri"), "duplicate-gateway",
                                "another gateway of the trunk has " + gateway.uri.text(),
                                "remove one; shares of calls are set by weight");
            }
        }
    }

    void check_capacity(std::size_t i, const TrunkConfig& trunk) {
        const CapacityConfig& capacity = trunk.capacity;
        if (capacity.reject_code != 486 && capacity.reject_code != 503) {
            checker_.report(
                at(kSection, i, "capacity/reject_code"), "bad-value",
                std::to_string(capacity.reject_code) + " is not an answer to a call over the limit",
                "use 486 or 503");
        }
        if (capacity.burst != 0 && capacity.max_cps == 0 &&
            !checker_.known(at(kSection, i, "capacity/max_cps"))) {
            checker_.report(at(kSection, i, "capacity/burst"), "contradiction",
                            "a burst without max_cps limits nothing",
                            "set max_cps, or leave burst out");
        }
        if (capacity.retry_after.count() != 0 && capacity.max_calls == 0 && capacity.max_cps == 0 &&
            !checker_.known(at(kSection, i, "capacity"))) {
            checker_.report(at(kSection, i, "capacity/retry_after_s"), "contradiction",
                            "a trunk without limits refuses no call",
                            "set max_calls or max_cps, or leave retry_after_s out");
        }
    }

    void check_reachable(std::size_t i, const TrunkConfig& trunk) {
        if (!trunk.match.host.empty()) {
            checker_.report(at(kSection, i, "match/host"), "contradiction",
                            "a host tells trunks of one source apart, but there is no source",
                            "add match.sources or a gateway");
        } else if (trunk.enabled) {
            checker_.report(at(kSection, i, "gateways"), "unusable-trunk",
                            "no call can come from the trunk or go to it",
                            "add a gateway, or match.sources, or disable it");
        }
    }

    void check_realm(std::size_t i, const TrunkConfig& trunk) {
        const RealmAssets& assets = assets_[trunk.realm];
        const bool interfaces_known = !assets.interfaces_uncertain && !any_interface_uncertain_;
        const bool pools_known = !assets.pools_uncertain && !any_pool_uncertain_;
        if (assets.interfaces.empty() && interfaces_known) {
            checker_.report(at(kSection, i, "realm"), "realm-without-sip-interface",
                            "realm \"" + trunk.realm + "\" has no enabled sip interface",
                            "add one to \"sip_interfaces\", or disable the trunk");
        } else if (assets.port_pairs.empty() && pools_known) {
            checker_.report(at(kSection, i, "realm"), "realm-without-media-pool",
                            "realm \"" + trunk.realm + "\" has no enabled media pool",
                            "add one to \"media_pools\", or disable the trunk");
        }
        if (pools_known) check_ports(i, trunk, assets);
        for (std::size_t g = 0; g < trunk.gateways.size(); ++g) {
            const GatewayConfig& gateway = trunk.gateways[g];
            if (!gateway.enabled || checker_.known(at(kSection, i, "gateways", g, "uri"))) continue;
            check_gateway_path(i, g, gateway, assets, interfaces_known);
            if (pools_known) check_gateway_pool(i, g, gateway, assets);
        }
    }

    // The families of the addresses that calls of the trunk come from and go to: of a host name
    // either, as DNS has it.
    static std::set<IpFamily> families(const TrunkConfig& trunk) {
        std::set<IpFamily> out;
        for (const GatewayConfig& gateway : trunk.gateways) {
            if (gateway.enabled && gateway.uri.is_name()) return {IpFamily::V4, IpFamily::V6};
            if (gateway.enabled) out.insert(gateway.uri.endpoint.address.family());
        }
        for (const Cidr& source : trunk.match.sources) out.insert(source.network.family());
        return out;
    }

    void check_ports(std::size_t i, const TrunkConfig& trunk, const RealmAssets& assets) {
        if (checker_.known(at(kSection, i, "gateways")) ||
            checker_.known(at(kSection, i, "match/sources"))) {
            return;
        }
        std::uint64_t pairs = 0;
        std::string names;
        for (const IpFamily family : families(trunk)) {
            const auto pools = assets.port_pairs.find(family);
            if (pools == assets.port_pairs.end()) continue;
            pairs += pools->second;
            names += (names.empty() ? "" : " and ") + family_name(family);
        }
        // None at all is the pools' or the gateways' problem.
        if (pairs == 0 || trunk.capacity.max_calls <= pairs) return;
        checker_.report(at(kSection, i, "capacity/max_calls"), "capacity-exceeds-ports",
                        "the " + names + " media pools of realm \"" + trunk.realm + "\" carry " +
                            std::to_string(pairs) + " streams at once",
                        "widen the pools, or lower max_calls");
    }

    void check_gateway_pool(std::size_t i, std::size_t g, const GatewayConfig& gateway,
                            const RealmAssets& assets) {
        if (gateway.uri.is_name()) return;
        const IpFamily family = gateway.uri.endpoint.address.family();
        if (assets.port_pairs.empty() || assets.port_pairs.contains(family)) return;
        checker_.report(
            at(kSection, i, "gateways", g, "uri"), "no-media-pool-for-gateway",
            "no enabled media pool of the realm has an " + family_name(family) + " address",
            "add one to \"media_pools\", or disable the gateway");
    }

    // The transport of a host name may be DNS's to choose: one is needed that it could choose.
    static bool may_carry(TransportKind transport, const GatewayUri& uri) {
        if (uri.secure) return transport == uri.transport;
        return !uri.named_transport || transport == *uri.named_transport;
    }

    void check_name_path(std::size_t i, std::size_t g, const GatewayUri& uri,
                         const RealmAssets& assets) {
        for (const SipInterfaceConfig* interface : assets.interfaces) {
            for (const TransportKind transport : interface->transports) {
                if (may_carry(transport, uri)) return;
            }
        }
        checker_.report(at(kSection, i, "gateways", g, "uri"), "no-interface-for-gateway",
                        "no sip interface of the realm sends over " +
                            std::string(describe(uri.transport).param),
                        "add the transport to a sip interface of the realm");
    }

    void check_gateway_path(std::size_t i, std::size_t g, const GatewayConfig& gateway,
                            const RealmAssets& assets, bool interfaces_known) {
        if (gateway.uri.is_name()) {
            if (!assets.interfaces.empty() && interfaces_known) {
                check_name_path(i, g, gateway.uri, assets);
            }
            return;
        }
        for (const SipInterfaceConfig& own : checker_.document().sip_interfaces) {
            if (own.endpoint() != gateway.uri.endpoint) continue;
            checker_.report(
                at(kSection, i, "gateways", g, "uri"), "gateway-is-self",
                gateway.uri.endpoint.text() + " is our own sip interface \"" + own.name + "\"",
                "write the peer's address");
            return;
        }
        const bool reachable = std::any_of(
            assets.interfaces.begin(), assets.interfaces.end(),
            [&](const SipInterfaceConfig* interface) {
                return interface->address.family() == gateway.uri.endpoint.address.family() &&
                       std::find(interface->transports.begin(), interface->transports.end(),
                                 gateway.uri.transport) != interface->transports.end();
            });
        if (reachable || assets.interfaces.empty() || !interfaces_known) return;
        checker_.report(
            at(kSection, i, "gateways", g, "uri"), "no-interface-for-gateway",
            "no sip interface of the realm sends " +
                family_name(gateway.uri.endpoint.address.family()) + " over " +
                std::string(describe(gateway.uri.transport).param),
            "add the transport to a sip interface of the realm, or a sip interface of that "
            "family");
    }

    Checker& checker_;
    std::map<std::string, RealmAssets, std::less<>> assets_;
    bool any_interface_uncertain_ = false;
    bool any_pool_uncertain_ = false;
};

}  // namespace

void check_trunks(Checker& checker) {
    TrunkCheck check(checker);
    for (std::size_t i = 0; i < checker.document().trunks.size(); ++i) check.check(i);
}

}  // namespace portcullis::config
