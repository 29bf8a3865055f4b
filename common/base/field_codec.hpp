// SPDX-License-Identifier: BSD-2-Clause
// A binary codec over T::fields(): one declaration of a struct's fields is its wire format.
//
// A struct is a 32-bit length and its fields in order. A decoder skips bytes past the fields it
// knows and leaves fields that are missing at their defaults, so versions N and N-1 of a message
// understand each other as long as fields are only appended. Integers are big-endian; enums travel
// as their integer; text, byte strings and vectors are a 32-bit count and elements; an optional is
// a byte 0 or 1 and the value; a variant is its index (32 bits) and the alternative.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/byte_reader.hpp"
#include "common/base/byte_writer.hpp"
#include "common/base/strong_id.hpp"

namespace portcullis::codec {

template <class T>
concept HasFields = requires(T& value) { value.fields(); };

// Types of other libraries join by specialising this: `static void write(ByteWriter&, const T&)`
// and `static bool read(ByteReader&, T&)`.
template <class T>
struct Custom;

template <class T>
concept HasCustom = requires(ByteWriter& w, ByteReader& r, T& value) {
    Custom<T>::write(w, value);
    { Custom<T>::read(r, value) } -> std::same_as<bool>;
};

// A count larger than what remains could hold is refused before anything is allocated.
inline constexpr std::size_t kMaxElements = 1U << 20;
// And so are elements that take more memory than this many times their bytes: a struct without its
// fields is four bytes on the wire. Complete ones stay below 6, empty strings at 8.
inline constexpr std::size_t kMaxGrowth = 16;

template <class T>
void encode(ByteWriter& writer, const T& value);
template <class T>
[[nodiscard]] bool decode(ByteReader& reader, T& value);

namespace detail {

template <class T>
struct IsStrongId : std::false_type {};
template <class Tag, class Rep>
struct IsStrongId<StrongId<Tag, Rep>> : std::true_type {};
template <class T>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsArray : std::false_type {};
template <class T, std::size_t N>
struct IsArray<std::array<T, N>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVariant : std::false_type {};
template <class... Ts>
struct IsVariant<std::variant<Ts...>> : std::true_type {};

template <class Variant, std::size_t Index = 0>
bool decode_alternative(ByteReader& reader, std::size_t index, Variant& value) {
    if constexpr (Index < std::variant_size_v<Variant>) {
        if (index != Index) return decode_alternative<Variant, Index + 1>(reader, index, value);
        return decode(reader, value.template emplace<Index>());
    } else {
        return false;
    }
}

template <class T>
bool decode_struct(ByteReader& reader, T& value) {
    const auto length = reader.read<std::uint32_t>();
    ByteReader body(reader.take(length));
    if (!reader.ok()) return false;
    return std::apply(
        [&body](auto&... field) {
            // A field that begins past the end is missing, not malformed: it keeps its default.
            return ((body.remaining() == 0 || decode(body, field)) && ...);
        },
        value.fields());
}

template <class T>
bool decode_sequence(ByteReader& reader, T& value) {
    const auto count = reader.read<std::uint32_t>();
    if (!reader.ok() || count > kMaxElements || count > reader.remaining()) return false;
    value.clear();
    const std::size_t before = reader.remaining();
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!decode(reader, value.emplace_back())) return false;
        const std::size_t used = before - reader.remaining();
        if (value.size() * sizeof(typename T::value_type) > kMaxGrowth * used) return false;
    }
    return true;
}

}  // namespace detail

template <class T>
void encode(ByteWriter& writer, const T& value) {
    if constexpr (HasCustom<T>) {
        Custom<T>::write(writer, value);
    } else if constexpr (std::is_same_v<T, bool>) {
        writer.write(static_cast<std::uint8_t>(value));
    } else if constexpr (std::is_enum_v<T>) {
        encode(writer, static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_integral_v<T>) {
        writer.write(static_cast<std::make_unsigned_t<T>>(value));
    } else if constexpr (std::is_same_v<T, double>) {
        writer.write(std::bit_cast<std::uint64_t>(value));
    } else if constexpr (detail::IsStrongId<T>::value) {
        encode(writer, value.value);
    } else if constexpr (detail::IsDuration<T>::value) {
        writer.write(static_cast<std::uint64_t>(value.count()));
    } else if constexpr (std::is_same_v<T, std::string>) {
        writer.write(static_cast<std::uint32_t>(value.size()));
        writer.write_text(value);
    } else if constexpr (detail::IsVector<T>::value) {
        writer.write(static_cast<std::uint32_t>(value.size()));
        for (const auto& element : value) encode(writer, element);
    } else if constexpr (detail::IsArray<T>::value) {
        for (const auto& element : value) encode(writer, element);
    } else if constexpr (detail::IsOptional<T>::value) {
        encode(writer, value.has_value());
        if (value) encode(writer, *value);
    } else if constexpr (detail::IsVariant<T>::value) {
        writer.write(static_cast<std::uint32_t>(value.index()));
        std::visit([&writer](const auto& alternative) { encode(writer, alternative); }, value);
    } else {
        static_assert(HasFields<T>, "the type needs fields() or codec::Custom");
        const std::size_t at = writer.size();
        writer.write(std::uint32_t{0});
        std::apply([&writer](const auto&... field) { (encode(writer, field), ...); },
                   const_cast<T&>(value).fields());
        writer.patch_u32(at, static_cast<std::uint32_t>(writer.size() - at - 4));
    }
}

template <class T>
bool decode(ByteReader& reader, T& value) {
    if constexpr (HasCustom<T>) {
        return Custom<T>::read(reader, value);
    } else if constexpr (std::is_same_v<T, bool>) {
        const auto flag = reader.read<std::uint8_t>();
        value = flag != 0;
        return reader.ok() && flag <= 1;
    } else if constexpr (std::is_enum_v<T>) {
        std::underlying_type_t<T> number{};
        if (!decode(reader, number)) return false;
        value = static_cast<T>(number);
        // An enum with a kMax enumerator refuses numbers past it.
        if constexpr (requires { T::kMax; })
            return number <= static_cast<decltype(number)>(T::kMax);
        return true;
    } else if constexpr (std::is_integral_v<T>) {
        value = static_cast<T>(reader.read<std::make_unsigned_t<T>>());
        return reader.ok();
    } else if constexpr (std::is_same_v<T, double>) {
        value = std::bit_cast<double>(reader.read<std::uint64_t>());
        return reader.ok();
    } else if constexpr (detail::IsStrongId<T>::value) {
        return decode(reader, value.value);
    } else if constexpr (detail::IsDuration<T>::value) {
        value = T(static_cast<typename T::rep>(reader.read<std::uint64_t>()));
        return reader.ok();
    } else if constexpr (std::is_same_v<T, std::string>) {
        const auto size = reader.read<std::uint32_t>();
        const auto bytes = reader.take(size);
        if (!reader.ok()) return false;
        value.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return true;
    } else if constexpr (detail::IsVector<T>::value) {
        return detail::decode_sequence(reader, value);
    } else if constexpr (detail::IsArray<T>::value) {
        for (auto& element : value) {
            if (!decode(reader, element)) return false;
        }
        return true;
    } else if constexpr (detail::IsOptional<T>::value) {
        bool present = false;
        if (!decode(reader, present)) return false;
        if (!present) {
            value.reset();
            return true;
        }
        return decode(reader, value.emplace());
    } else if constexpr (detail::IsVariant<T>::value) {
        const auto index = reader.read<std::uint32_t>();
        return reader.ok() && detail::decode_alternative(reader, index, value);
    } else {
        static_assert(HasFields<T>, "the type needs fields() or codec::Custom");
        return detail::decode_struct(reader, value);
    }
}

// The whole of one value as bytes.
template <class T>
[[nodiscard]] std::vector<std::byte> to_bytes(const T& value) {
    ByteWriter writer;
    encode(writer, value);
    return writer.take();
}

// One value from all of `bytes`; empty when malformed or when bytes are left over.
template <class T>
[[nodiscard]] std::optional<T> from_bytes(std::span<const std::byte> bytes) {
    ByteReader reader(bytes);
    T value{};
    if (!decode(reader, value) || !reader.ok() || reader.remaining() != 0) return std::nullopt;
    return value;
}

}  // namespace portcullis::codec
