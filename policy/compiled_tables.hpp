// SPDX-License-Identifier: BSD-2-Clause
// CompiledPolicy::Tables: the inside of a compiled policy; for compile() and the engine only.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/address_table.hpp"
#include "policy/compiled_policy.hpp"
#include "policy/number_plan.hpp"
#include "policy/number_rule.hpp"
#include "policy/prefix_tree.hpp"

namespace portcullis::policy {

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

// A host as it is compared: lower case, an address in canonical text without brackets.
[[nodiscard]] std::string normal_host(std::string_view host);

// Names to positions in a table of the same Tables.
using NameTable = std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>>;

// Who may speak to a realm, and which trunks a source may be.
struct RealmTable {
    Realm realm;
    AddressTable<config::AccessAction> access;
    config::AccessAction default_access = config::AccessAction::Allow;
    AddressTable<std::vector<std::uint32_t>> sources;  // positions in `trunks`
    std::map<std::string, std::vector<std::uint32_t>, std::less<>> certificates;  // likewise
    std::vector<std::uint32_t> interfaces;                                        // positions
    std::array<std::vector<config::MediaPoolConfig>, 2> media_pools;              // by family
};

// Routes are held in the order in which they are asked, so a lower position wins.
struct Route {
    std::string name;
    std::uint32_t priority = 100;
    std::string realm;  // empty: any
    std::string trunk;
    std::string prefix;
    config::Pattern pattern;          // of the called number
    config::Pattern calling_pattern;  // both: nullptr takes all
    std::vector<std::string> trunks;  // as configured: a disabled one is named in the trace
    bool parallel = false;
    std::vector<std::uint32_t> number_rules;  // positions, the enabled ones
    std::shared_ptr<const NumberPlan> plan;   // the same; nullptr without any
};

struct CompiledPolicy::Tables {
    std::vector<Trunk> trunks;
    NameTable trunk_names;
    std::vector<RealmTable> realms;
    NameTable realm_names;
    std::vector<config::SipInterfaceConfig> interfaces;
    std::vector<Route> routes;
    PrefixTree prefixes;  // positions in `routes`
    std::vector<NumberRule> number_rules;
    config::TimerConfig timers;
    config::DnsConfig dns;

    [[nodiscard]] const RealmTable* realm(std::string_view name) const {
        const auto at = realm_names.find(name);
        return at == realm_names.end() ? nullptr : &realms[at->second];
    }
};

}  // namespace portcullis::policy
