// SPDX-License-Identifier: BSD-2-Clause
// Settings: what locating needs to know of the deployment: how to ask, and what can be reached.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "policy/compiled_policy.hpp"

namespace portcullis::locate {

struct Settings {
    std::vector<Endpoint> servers{};  // none: those of /etc/resolv.conf
    std::chrono::milliseconds timeout{1000};
    std::uint32_t tries = 2;
    std::chrono::seconds min_ttl{5};
    std::chrono::seconds max_ttl{3600};
    std::chrono::seconds stale{600};

    std::vector<TransportKind> transports{TransportKind::Udp, TransportKind::Tcp};  // ours
    bool v4 = true;
    bool v6 = true;
    bool prefer_v6 = false;
    bool allow_loopback = false;  // servers on this machine are meant

    bool operator==(const Settings&) const = default;
};

// Transports and families are those of the enabled sip interfaces. Loopback addresses are servers
// only where a sip interface has one.
[[nodiscard]] Settings settings_of(const policy::CompiledPolicy& policy);

}  // namespace portcullis::locate
