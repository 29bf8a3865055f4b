// SPDX-License-Identifier: BSD-2-Clause
// Which transport, and by which records: the choices of RFC 3263 section 4.1.
#pragma once

#include <string>
#include <vector>

#include "signaling/locate/dns_record.hpp"
#include "signaling/locate/locator.hpp"
#include "signaling/locate/settings.hpp"

namespace portcullis::locate {

// One way on: the SRV records at `name`, or (`direct`) the host `name` itself.
struct Route {
    TransportKind transport = TransportKind::Udp;
    std::string name{};
    bool direct = false;

    bool operator==(const Route&) const = default;
};

// The routes of one NAPTR order, the most preferred first. The next tier counts only when a tier
// has led to no server at all (RFC 3403 section 4.1: orders are not alternatives).
using Tier = std::vector<Route>;

struct PointerChoice {
    bool has_sip = false;        // there are records of SIP services: without any, SRV is asked
    std::vector<Tier> tiers{};   // by order; of supported transports
    std::uint32_t unusable = 0;  // SIP records with flags or a regexp that SIP does not use
};

// Where neither NAPTR nor SRV has a say: the transport that was named, else UDP, or TLS for sips
// (RFC 3263 4.1); where we have no UDP, the first transport that we have.
// Errc::NoSupportedTransport: it is not one of ours.
[[nodiscard]] Result<TransportKind> default_transport(const Where& where, const Settings& settings);

[[nodiscard]] PointerChoice choose_pointers(std::vector<NaptrRecord> records, const Where& where,
                                            const Settings& settings);

// Without NAPTR records: the SRV names of the transports we have, each of which the domain may
// offer; UDP before TCP. A sips URI, or a URI that names its transport, has one.
[[nodiscard]] Result<Tier> choose_services(const Where& where, const Settings& settings);

}  // namespace portcullis::locate
