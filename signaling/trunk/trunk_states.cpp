// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/trunk_states.hpp"

#include <algorithm>

namespace portcullis::trunk {
namespace {

Usability usable_address(const AddressState& address, TimePoint now) {
    if (address.health == Health::Down) {
        return {false, address.remote.text() + " is down: " + address.reason};
    }
    if (address.resting_until > now) {
        const auto left =
            std::chrono::ceil<std::chrono::seconds>(address.resting_until - now).count();
        return {false, address.remote.text() + " asked for no requests, for another " +
                           std::to_string(left) + " s"};
    }
    return {};
}

}  // namespace

Health GatewayState::health() const {
    if (addresses.empty()) {
        return monitored && !location_error.empty() ? Health::Down : Health::Unknown;
    }
    const auto any = [this](Health health) {
        return std::any_of(addresses.begin(), addresses.end(),
                           [health](const AddressState& one) { return one.health == health; });
    };
    if (any(Health::Up)) return Health::Up;
    return any(Health::Unknown) ? Health::Unknown : Health::Down;
}

const AddressState* GatewayState::find(const Endpoint& remote) const {
    const auto at =
        std::find_if(addresses.begin(), addresses.end(),
                     [&remote](const AddressState& one) { return one.remote == remote; });
    return at == addresses.end() ? nullptr : &*at;
}

const GatewayState* TrunkState::find(std::string_view gateway) const {
    const auto at =
        std::find_if(gateways.begin(), gateways.end(),
                     [gateway](const GatewayState& one) { return one.name == gateway; });
    return at == gateways.end() ? nullptr : &*at;
}

TrunkStates::TrunkStates(std::vector<TrunkState> trunks) : trunks_(std::move(trunks)) {
    std::sort(trunks_.begin(), trunks_.end(),
              [](const TrunkState& a, const TrunkState& b) { return a.name < b.name; });
    std::map<std::string, std::vector<Endpoint>> named;
    for (const auto& trunk : trunks_) {
        for (const auto& gateway : trunk.gateways) {
            if (!gateway.named) continue;
            for (const auto& address : gateway.addresses) {
                named[trunk.name].push_back(address.remote);
            }
        }
    }
    resolved_ = std::make_shared<const policy::ResolvedGateways>(named);
}

const TrunkState* TrunkStates::find(std::string_view trunk) const {
    const auto at = std::lower_bound(
        trunks_.begin(), trunks_.end(), trunk,
        [](const TrunkState& one, std::string_view name) { return one.name < name; });
    return at == trunks_.end() || at->name != trunk ? nullptr : &*at;
}

Usability TrunkStates::usable(std::string_view trunk, std::string_view gateway,
                              TimePoint now) const {
    const auto* const known = find(trunk);
    const auto* const state = known == nullptr ? nullptr : known->find(gateway);
    if (state == nullptr) return {};
    if (state->addresses.empty()) {
        if (state->health() != Health::Down) return {};
        return {false, "it is not found: " + state->location_error};
    }
    Usability last;
    for (const auto& address : state->addresses) {
        last = usable_address(address, now);
        if (last.usable) return last;
    }
    return last;
}

Usability TrunkStates::usable(std::string_view trunk, std::string_view gateway,
                              const Endpoint& remote, TimePoint now) const {
    const auto* const known = find(trunk);
    const auto* const state = known == nullptr ? nullptr : known->find(gateway);
    const auto* const address = state == nullptr ? nullptr : state->find(remote);
    return address == nullptr ? Usability{} : usable_address(*address, now);
}

std::vector<std::string> TrunkStates::service_route(std::string_view trunk) const {
    const auto* const known = find(trunk);
    if (known == nullptr || !known->registration || !known->registration->use_service_route) {
        return {};
    }
    return known->registration->service_route;
}

}  // namespace portcullis::trunk
