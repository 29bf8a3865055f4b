// SPDX-License-Identifier: BSD-2-Clause
// ValueCodec<T>: how a member of type T converts from and to a JSON value. A new kind of member
// needs a specialisation here (or beside its type) and nothing else.
#pragma once

#include <chrono>
#include <concepts>
#include <expected>
#include <string>
#include <type_traits>

#include "common/net/cidr.hpp"
#include "common/net/ip_address.hpp"
#include "common/net/transport_kind.hpp"
#include "policy/config/enum_names.hpp"
#include "policy/config/field.hpp"
#include "policy/config/gateway_uri.hpp"

namespace portcullis::config {

template <class T>
using Parsed = std::expected<T, ValueError>;

// type(): its ValueType. parse(): from a Scalar of that JSON type, within the row's bounds.
// print(): the canonical form.
template <class T>
struct ValueCodec;

inline constexpr ValueType kBooleanType{.json = JsonType::Boolean, .expected = "true or false"};
inline constexpr ValueType kIntegerType{.json = JsonType::Integer, .expected = "a whole number"};

template <>
struct ValueCodec<bool> {
    static const ValueType& type() { return kBooleanType; }
    static Parsed<bool> parse(const Scalar& value) { return std::get<bool>(value); }
    static Scalar print(bool value) { return value; }
};

template <std::unsigned_integral T>
struct ValueCodec<T> {
    static const ValueType& type() { return kIntegerType; }
    static Parsed<T> parse(const Scalar& value) {
        return static_cast<T>(std::get<std::int64_t>(value));
    }
    static Scalar print(T value) { return static_cast<std::int64_t>(value); }
};

template <class Rep, class Period>
struct ValueCodec<std::chrono::duration<Rep, Period>> {
    using Unit = std::chrono::duration<Rep, Period>;
    static const ValueType& type() { return kIntegerType; }
    static Parsed<Unit> parse(const Scalar& value) { return Unit(std::get<std::int64_t>(value)); }
    static Scalar print(Unit value) { return static_cast<std::int64_t>(value.count()); }
};

// "strict, sdp-address, any"
[[nodiscard]] std::string join_names(std::span<const std::string_view> names);
[[nodiscard]] ValueError not_one_of(std::string_view text, std::span<const std::string_view> names);

template <class E>
    requires std::is_enum_v<E>
struct ValueCodec<E> {
    static const ValueType& type() {
        static constexpr ValueType kType{.json = JsonType::Text,
                                         .format = "enum",
                                         .expected = "a name",
                                         .names = EnumNames<E>::kNames};
        return kType;
    }
    static Parsed<E> parse(const Scalar& value) {
        const auto& text = std::get<std::string>(value);
        if (const auto found = parse_enum<E>(text)) return *found;
        return std::unexpected(not_one_of(text, EnumNames<E>::kNames));
    }
    static Scalar print(E value) { return std::string(name_of(value)); }
};

// The transports of RFC 3261 and RFC 7118.
template <>
struct ValueCodec<TransportKind> {
    static const ValueType& type();
    static Parsed<TransportKind> parse(const Scalar& value);
    static Scalar print(TransportKind value) { return std::string(describe(value).param); }
};

// An address that can be bound or reached: not unspecified, multicast, broadcast or link-local, and
// an IPv4 one in its own form.
template <>
struct ValueCodec<IpAddress> {
    static const ValueType& type();
    static Parsed<IpAddress> parse(const Scalar& value);
    static Scalar print(const IpAddress& value) { return value.text(); }
};

// IPv4 prefixes in their own form.
template <>
struct ValueCodec<Cidr> {
    static const ValueType& type();
    static Parsed<Cidr> parse(const Scalar& value);
    static Scalar print(const Cidr& value) { return value.text(); }
};

template <>
struct ValueCodec<GatewayUri> {
    static const ValueType& type();
    static Parsed<GatewayUri> parse(const Scalar& value);
    static Scalar print(const GatewayUri& value) { return value.text(); }
};

}  // namespace portcullis::config
