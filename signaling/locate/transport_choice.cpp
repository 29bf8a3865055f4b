// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/transport_choice.hpp"

#include <algorithm>
#include <tuple>

#include "signaling/locate/service.hpp"

namespace portcullis::locate {
namespace {

// Routes of one domain; a real domain has one per transport.
constexpr std::size_t kMaxRoutes = 8;

bool has(const Settings& settings, TransportKind transport) {
    return std::find(settings.transports.begin(), settings.transports.end(), transport) !=
           settings.transports.end();
}

// What is spoken to a server of this URI when this transport is named. A sips URI means TLS, and
// TCP named in it is TLS over TCP (RFC 3261 section 26.2.2).
TransportKind secured(TransportKind transport) {
    return transport == TransportKind::Ws || transport == TransportKind::Wss ? TransportKind::Wss
                                                                             : TransportKind::Tls;
}

std::unexpected<Error> unsupported(TransportKind transport) {
    return fail(Errc::NoSupportedTransport,
                "no sip interface sends over " + std::string(describe(transport).param));
}

}  // namespace

Result<TransportKind> default_transport(const Where& where, const Settings& settings) {
    if (where.secure && where.transport == TransportKind::Udp) {
        return fail(Errc::NoSupportedTransport, "sips over udp");
    }
    auto transport = where.transport.value_or(TransportKind::Udp);
    if (where.secure) transport = secured(transport);
    if (has(settings, transport)) return transport;
    if (where.transport || where.secure || settings.transports.empty()) {
        return unsupported(transport);
    }
    return settings.transports.front();
}

PointerChoice choose_pointers(std::vector<NaptrRecord> records, const Where& where,
                              const Settings& settings) {
    std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
        return std::tie(a.order, a.preference) < std::tie(b.order, b.preference);
    });
    PointerChoice choice;
    std::size_t routes = 0;
    std::uint32_t order = 0;
    for (const NaptrRecord& record : records) {
        const auto service = find_service(record.service);
        if (!service) continue;  // of another application, ENUM for one
        choice.has_sip = true;
        // RFC 3263 4.1: a client resolving a sips URI discards services without SIPS, and all
        // whose transport it does not support.
        if (where.secure && !service->secure) continue;
        if (!has(settings, service->transport)) continue;
        const bool direct = record.flags == "a";
        if ((record.flags != "s" && !direct) || record.has_regexp || record.replacement.empty()) {
            ++choice.unusable;
            continue;
        }
        if (routes++ == kMaxRoutes) break;
        if (choice.tiers.empty() || record.order != order) choice.tiers.emplace_back();
        order = record.order;
        choice.tiers.back().push_back({service->transport, record.replacement, direct});
    }
    return choice;
}

Result<Tier> choose_services(const Where& where, const Settings& settings) {
    const auto route = [&](TransportKind transport) {
        return Route{transport, std::string(service_of(transport).srv_prefix) + where.host};
    };
    if (!where.transport && !where.secure) {
        Tier tier;
        for (const auto transport : {TransportKind::Udp, TransportKind::Tcp}) {
            if (has(settings, transport)) tier.push_back(route(transport));
        }
        if (!tier.empty()) return tier;
    }
    const auto transport = default_transport(where, settings);
    if (!transport) return std::unexpected(transport.error());
    return Tier{route(*transport)};
}

}  // namespace portcullis::locate
