// SPDX-License-Identifier: BSD-2-Clause
// Listeners, media devices and media pools against each other (checker.hpp).
#include <algorithm>
#include <tuple>

#include "policy/config/checker.hpp"

namespace portcullis::config {
namespace {

bool listens_on(const SipInterfaceConfig& interface, TransportKind transport) {
    return std::find(interface.transports.begin(), interface.transports.end(), transport) !=
           interface.transports.end();
}

std::string range_text(const MediaPoolConfig& pool) {
    return std::to_string(pool.port_min) + "-" + std::to_string(pool.port_max);
}

// A pool by itself; false if nothing can be said about its range.
bool check_pool(Checker& checker, std::size_t i) {
    const MediaPoolConfig& pool = checker.document().media_pools[i];
    if (pool.advertised_address && pool.advertised_address->family() != pool.address.family() &&
        !checker.known(at("media_pools", i, "address"))) {
        checker.report(at("media_pools", i, "advertised_address"), "family-mismatch",
                       "the advertised address is of another family than the local one",
                       "advertise an " + std::string(pool.address.is_v4() ? "IPv4" : "IPv6") +
                           " address, or leave it out");
    }
    if (checker.known(at("media_pools", i, "port_min")) ||
        checker.known(at("media_pools", i, "port_max"))) {
        return false;
    }
    if (pool.port_min > pool.port_max) {
        checker.report(at("media_pools", i, "port_max"), "bad-range",
                       "port_max " + std::to_string(pool.port_max) + " is below port_min " +
                           std::to_string(pool.port_min),
                       "swap them");
        return false;
    }
    if (pool.ports().pair_count() == 0) {
        checker.report(at("media_pools", i, "port_max"), "range-too-small",
                       "ports " + range_text(pool) + " hold no pair for RTP and RTCP",
                       "a pair is an even port and the next one (RFC 3550 section 11)");
    }
    return true;
}

void check_pool_pair(Checker& checker, std::size_t i, std::size_t j) {
    const MediaPoolConfig& a = checker.document().media_pools[i];
    const MediaPoolConfig& b = checker.document().media_pools[j];
    if (a.address != b.address) return;
    if (a.ports().overlaps(b.ports())) {
        checker.report(at("media_pools", j, "port_min"), "media-range-overlap",
                       "ports " + range_text(b) + " overlap " + range_text(a) + " of pool \"" +
                           a.name + "\" on " + a.address.text(),
                       "give each pool ports or an address of its own");
    }
    if (a.interface != b.interface && !checker.known(at("media_pools", i, "interface"))) {
        checker.report(at("media_pools", j, "interface"), "address-on-two-interfaces",
                       a.address.text() + " is on media interface \"" + a.interface +
                           "\" for pool \"" + a.name + "\"",
                       "an address belongs to one device: name the same interface");
    }
}

void check_sip_port(Checker& checker, std::size_t pool_index) {
    const MediaPoolConfig& pool = checker.document().media_pools[pool_index];
    const auto& interfaces = checker.document().sip_interfaces;
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        const SipInterfaceConfig& interface = interfaces[i];
        if (!interface.enabled || interface.address != pool.address ||
            !pool.ports().contains(interface.port) || !listens_on(interface, TransportKind::Udp) ||
            checker.known(at("sip_interfaces", i))) {
            continue;
        }
        checker.report(at("sip_interfaces", i, "port"), "sip-port-in-media-range",
                       "UDP port " + std::to_string(interface.port) + " is within ports " +
                           range_text(pool) + " of media pool \"" + pool.name + "\" on " +
                           pool.address.text(),
                       "choose a port outside the media range");
    }
}

void check_pings(Checker& checker, std::size_t i) {
    const SipInterfaceConfig& interface = checker.document().sip_interfaces[i];
    if (checker.known(at("sip_interfaces", i, "keepalive_s")) ||
        checker.known(at("sip_interfaces", i, "idle_timeout_s")) ||
        interface.keepalive < interface.idle_timeout) {
        return;
    }
    checker.report(at("sip_interfaces", i, "keepalive_s"), "timer-order",
                   "connections are closed as idle before their first ping, after " +
                       std::to_string(interface.idle_timeout.count()) + " s",
                   "ping more often, or lengthen idle_timeout_s");
}

}  // namespace

// The transports over TCP share its ports.
void check_listeners(Checker& checker) {
    std::map<std::tuple<IpAddress, std::uint16_t, bool>, std::pair<std::size_t, TransportKind>>
        seen;
    const auto& interfaces = checker.document().sip_interfaces;
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        const SipInterfaceConfig& interface = interfaces[i];
        check_pings(checker, i);
        if (!interface.enabled || checker.known(at("sip_interfaces", i, "address")) ||
            checker.known(at("sip_interfaces", i, "port"))) {
            continue;
        }
        for (std::size_t t = 0; t < interface.transports.size(); ++t) {
            const TransportKind transport = interface.transports[t];
            const auto [first, fresh] =
                seen.emplace(std::tuple(interface.address, interface.port, is_reliable(transport)),
                             std::pair(i, transport));
            const auto [other, taken_by] = first->second;
            if (fresh || (other == i && taken_by == transport)) continue;
            const std::string where = interface.endpoint().text() + " over " +
                                      std::string(describe(transport).param) + " is taken by ";
            if (other == i) {
                checker.report(at("sip_interfaces", i, "transports", t), "duplicate-listener",
                               where + std::string(describe(taken_by).param),
                               "one of tcp, tls, ws and wss per port: make a sip interface of its "
                               "own for the other");
            } else {
                checker.report(at("sip_interfaces", i, "port"), "duplicate-listener",
                               where + "sip interface \"" + interfaces[other].name + "\"",
                               "use another address, port or transport");
            }
            break;
        }
    }
}

void check_media(Checker& checker) {
    const Document& document = checker.document();
    std::map<std::string_view, std::size_t> devices;
    for (std::size_t i = 0; i < document.media_interfaces.size(); ++i) {
        const MediaInterfaceConfig& interface = document.media_interfaces[i];
        if (!interface.enabled || interface.device.empty()) continue;
        const auto [first, fresh] = devices.emplace(interface.device, i);
        if (fresh) continue;
        checker.report(at("media_interfaces", i, "device"), "duplicate-device",
                       "device " + interface.device + " is driven by media interface \"" +
                           document.media_interfaces[first->second].name + "\"",
                       "one media interface per device; pools of several realms may share it");
    }
    std::vector<std::size_t> good;
    for (std::size_t i = 0; i < document.media_pools.size(); ++i) {
        const bool enabled = document.media_pools[i].enabled;
        if (!check_pool(checker, i) || !enabled || checker.known(at("media_pools", i, "address"))) {
            continue;
        }
        for (const std::size_t other : good) check_pool_pair(checker, other, i);
        check_sip_port(checker, i);
        good.push_back(i);
    }
}

}  // namespace portcullis::config
