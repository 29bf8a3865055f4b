// SPDX-License-Identifier: BSD-2-Clause
// AddressTable<T>: longest-prefix match on addresses.
//
// One hash table per prefix length that occurs, longest first: a look-up costs as many probes as
// there are distinct lengths, whatever the number of prefixes. Built once, then read by any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/net/cidr.hpp"

namespace portcullis::policy {

// `address` with all bits past `length` cleared.
[[nodiscard]] IpAddress mask_address(const IpAddress& address, std::uint8_t length);

template <class T>
class AddressTable {
 public:
    // The value of `prefix`, default-constructed when it is new.
    [[nodiscard]] T& at(const Cidr& prefix) {
        auto& levels = levels_of(prefix.network.family());
        auto level =
            std::lower_bound(levels.begin(), levels.end(), prefix.length,
                             [](const Level& l, std::uint8_t length) { return l.length > length; });
        if (level == levels.end() || level->length != prefix.length) {
            level = levels.insert(level, Level{prefix.length, {}});
        }
        return level->values[prefix.network];
    }

    // The prefix that is `address` alone, or nullptr.
    [[nodiscard]] const T* find_host(const IpAddress& address) const {
        const auto& levels = levels_of(address.family());
        if (levels.empty() || levels.front().length != address.bytes().size() * 8) return nullptr;
        const auto found = levels.front().values.find(address);
        return found == levels.front().values.end() ? nullptr : &found->second;
    }

    // The longest prefix that contains `address`, or nullptr.
    [[nodiscard]] const T* find(const IpAddress& address) const {
        for (const Level& level : levels_of(address.family())) {
            const auto found = level.values.find(mask_address(address, level.length));
            if (found != level.values.end()) return &found->second;
        }
        return nullptr;
    }

 private:
    struct Level {
        std::uint8_t length = 0;
        std::unordered_map<IpAddress, T> values;
    };
    using Levels = std::vector<Level>;  // longest first

    [[nodiscard]] Levels& levels_of(IpFamily family) {
        return levels_[static_cast<std::size_t>(family)];
    }
    [[nodiscard]] const Levels& levels_of(IpFamily family) const {
        return levels_[static_cast<std::size_t>(family)];
    }

    std::array<Levels, 2> levels_;
};

}  // namespace portcullis::policy
