// SPDX-License-Identifier: BSD-2-Clause
// EnumNames<E>: the names of an enumeration's values in the configuration document.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace portcullis::config {

// Specialised beside each enumeration: `static constexpr std::array kNames{...}`, one name per
// enumerator, in the order of the enumerators, which count from 0.
template <class E>
struct EnumNames;

template <class E>
[[nodiscard]] constexpr std::string_view name_of(E value) {
    return EnumNames<E>::kNames[static_cast<std::size_t>(value)];
}

// Exact match; empty for any other name.
template <class E>
[[nodiscard]] constexpr std::optional<E> parse_enum(std::string_view name) {
    for (std::size_t i = 0; i < EnumNames<E>::kNames.size(); ++i) {
        if (EnumNames<E>::kNames[i] == name) return static_cast<E>(i);
    }
    return std::nullopt;
}

}  // namespace portcullis::config
