// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/settings.hpp"

#include <algorithm>

namespace portcullis::locate {

Settings settings_of(const policy::CompiledPolicy& policy) {
    const config::DnsConfig& dns = policy.dns();
    Settings out{.timeout = dns.timeout,
                 .tries = dns.tries,
                 .min_ttl = dns.min_ttl,
                 .max_ttl = dns.max_ttl,
                 .stale = dns.stale,
                 .transports = {},
                 .v4 = false,
                 .v6 = false,
                 .prefer_v6 = dns.prefer_ipv6};
    for (const auto& server : dns.servers) out.servers.push_back(server.endpoint);
    for (const auto& interface : policy.sip_interfaces()) {
        out.v4 = out.v4 || interface.address.is_v4();
        out.v6 = out.v6 || interface.address.is_v6();
        out.allow_loopback = out.allow_loopback || interface.address.is_loopback();
        out.transports.insert(out.transports.end(), interface.transports.begin(),
                              interface.transports.end());
    }
    std::sort(out.transports.begin(), out.transports.end());
    out.transports.erase(std::unique(out.transports.begin(), out.transports.end()),
                         out.transports.end());
    return out;
}

}  // namespace portcullis::locate
