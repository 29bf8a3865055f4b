// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/relay_plan.hpp"

#include <algorithm>

namespace portcullis::relay {

RelayPlan make_relay_plan(const config::Document& document) {
    RelayPlan plan;
    plan.settings = document.relay;
    for (std::size_t i = 0; i < document.media_interfaces.size(); ++i) {
        const auto& interface = document.media_interfaces[i];
        if (!interface.enabled) continue;
        plan.interfaces.push_back(
            {interface.device, interface.driver, "/media_interfaces/" + std::to_string(i)});
    }
    for (std::size_t i = 0; i < document.media_pools.size(); ++i) {
        const auto& pool = document.media_pools[i];
        const auto* interface = config::find_named(document.media_interfaces, pool.interface);
        if (!pool.enabled || interface == nullptr || !interface->enabled) continue;
        plan.pools.push_back({pool.name,
                              interface->device,
                              {pool.address, pool.ports()},
                              pool.advertised_address,
                              "/media_pools/" + std::to_string(i)});
    }
    return plan;
}

}  // namespace portcullis::relay
