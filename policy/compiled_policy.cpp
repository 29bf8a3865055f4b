// SPDX-License-Identifier: BSD-2-Clause
#include "policy/compiled_policy.hpp"

#include <algorithm>

#include "policy/compiled_tables.hpp"

namespace portcullis::policy {

CompiledPolicy::CompiledPolicy(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
CompiledPolicy::~CompiledPolicy() = default;

const Trunk* CompiledPolicy::find_trunk(std::string_view name) const {
    const auto at = tables_->trunk_names.find(name);
    return at == tables_->trunk_names.end() ? nullptr : &tables_->trunks[at->second];
}

const IdentityRules* CompiledPolicy::identity_rules(std::string_view realm,
                                                    std::string_view trunk) const {
    if (const auto* const peer = find_trunk(trunk)) return &peer->identity;
    if (const auto* const side = find_realm(realm)) return &side->identity;
    return &default_identity_rules(false);
}

const Realm* CompiledPolicy::find_realm(std::string_view name) const {
    const RealmTable* table = tables_->realm(name);
    return table == nullptr ? nullptr : &table->realm;
}

const config::SipInterfaceConfig* CompiledPolicy::find_sip_interface(std::string_view name) const {
    return config::find_named(tables_->interfaces, name);
}

const config::MediaPoolConfig* CompiledPolicy::find_media_pool(std::string_view name) const {
    for (const RealmTable& realm : tables_->realms) {
        for (const auto& pools : realm.media_pools) {
            if (const auto* pool = config::find_named(pools, name)) return pool;
        }
    }
    return nullptr;
}

std::span<const config::SipInterfaceConfig> CompiledPolicy::sip_interfaces() const {
    return tables_->interfaces;
}

std::span<const Trunk> CompiledPolicy::trunks() const { return tables_->trunks; }

const config::SipInterfaceConfig* CompiledPolicy::egress_interface(std::string_view realm,
                                                                   IpFamily family,
                                                                   TransportKind transport) const {
    const RealmTable* table = tables_->realm(realm);
    if (table == nullptr) return nullptr;
    for (const std::uint32_t index : table->interfaces) {
        const auto& interface = tables_->interfaces[index];
        const auto& offered = interface.transports;
        if (interface.address.family() == family &&
            std::find(offered.begin(), offered.end(), transport) != offered.end()) {
            return &interface;
        }
    }
    return nullptr;
}

std::span<const config::MediaPoolConfig> CompiledPolicy::media_pools(std::string_view realm,
                                                                     IpFamily family) const {
    const RealmTable* table = tables_->realm(realm);
    if (table == nullptr) return {};
    return table->media_pools[static_cast<std::size_t>(family)];
}

const config::MediaPoolConfig* CompiledPolicy::choose_pool(std::string_view realm, IpFamily family,
                                                           std::uint64_t entropy) const {
    const auto pools = media_pools(realm, family);
    std::uint64_t total = 0;
    for (const auto& pool : pools) total += pool.ports().pair_count();
    if (total == 0) return nullptr;
    std::uint64_t at = entropy % total;
    for (const auto& pool : pools) {
        const std::uint64_t share = pool.ports().pair_count();
        if (at < share) return &pool;
        at -= share;
    }
    return nullptr;
}

const config::TimerConfig& CompiledPolicy::timers() const { return tables_->timers; }
const config::DnsConfig& CompiledPolicy::dns() const { return tables_->dns; }

}  // namespace portcullis::policy
