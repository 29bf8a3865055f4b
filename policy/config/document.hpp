// SPDX-License-Identifier: BSD-2-Clause
// Document: the whole configuration as values, in document order. A plain value: read by
// reader.hpp, checked by validate.hpp, written by writer.hpp, edited by collections.hpp.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "policy/config/access_config.hpp"
#include "policy/config/dns_config.hpp"
#include "policy/config/media_config.hpp"
#include "policy/config/number_rule_config.hpp"
#include "policy/config/realm_config.hpp"
#include "policy/config/relay_config.hpp"
#include "policy/config/route_config.hpp"
#include "policy/config/sip_interface_config.hpp"
#include "policy/config/timer_config.hpp"
#include "policy/config/tls_profile_config.hpp"
#include "policy/config/trunk_config.hpp"

namespace portcullis::config {

struct Document {
    std::vector<RealmConfig> realms{};
    std::vector<SipInterfaceConfig> sip_interfaces{};
    std::vector<MediaInterfaceConfig> media_interfaces{};
    std::vector<MediaPoolConfig> media_pools{};
    std::vector<TrunkConfig> trunks{};
    std::vector<RouteConfig> routes{};
    std::vector<NumberRuleConfig> number_rules{};
    std::vector<AccessListConfig> access_lists{};
    std::vector<TlsProfileConfig> tls_profiles{};
    TimerConfig timers{};
    RelayConfig relay{};
    DnsConfig dns{};

    bool operator==(const Document&) const = default;
};

// The object of `list` with that name, or nullptr: find_named(document.trunks, "pbx").
template <class T>
[[nodiscard]] const T* find_named(const std::vector<T>& list, std::string_view name) {
    const auto at = std::find_if(list.begin(), list.end(),
                                 [name](const T& object) { return object.name == name; });
    return at == list.end() ? nullptr : &*at;
}

template <>
const ObjectType& object_type<Document>();

}  // namespace portcullis::config
