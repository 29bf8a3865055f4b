// SPDX-License-Identifier: BSD-2-Clause
// field<&Struct::member>(name, info): makes a Field row from a member pointer.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "policy/config/field.hpp"
#include "policy/config/object_type.hpp"
#include "policy/config/text_types.hpp"
#include "policy/config/value_codec.hpp"

namespace portcullis::config {

template <class T>
concept ScalarMember = requires { ValueCodec<T>::type(); };

template <auto Member>
struct MemberTraits;
template <class C, class M, M C::* Member>
struct MemberTraits<Member> {
    using Owner = C;
    using Type = M;
    static M& of(void* object) { return static_cast<C*>(object)->*Member; }
    static const M& of(const void* object) { return static_cast<const C*>(object)->*Member; }
};

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

// Stores text whatever it is: see FieldAccess::put.
template <class T>
std::optional<ValueError> parse_into(T& target, const Scalar& value) {
    if constexpr (std::is_same_v<T, std::string>) {
        target = std::get<std::string>(value);
    } else {
        auto parsed = ValueCodec<T>::parse(value);
        if (!parsed) return std::move(parsed.error());
        target = std::move(*parsed);
    }
    return std::nullopt;
}

template <class T>
Scalar print_value(const T& value) {
    if constexpr (std::is_same_v<T, std::string>) {
        return value;
    } else {
        return ValueCodec<T>::print(value);
    }
}

// Integer bounds are never wider than what the member can hold.
template <class T>
void bind_value_type(Field& row) {
    if constexpr (std::is_same_v<T, std::string>) {
        row.value = row.info.type;
    } else {
        row.value = &ValueCodec<T>::type();
    }
    if constexpr (std::is_unsigned_v<T>) {
        row.info.minimum = std::max<std::int64_t>(row.info.minimum, 0);
        row.info.maximum = std::min<std::int64_t>(
            row.info.maximum, static_cast<std::int64_t>(std::numeric_limits<T>::max()));
    }
}

template <auto Member>
void bind_scalar(Field& row) {
    using Access = MemberTraits<Member>;
    using T = typename Access::Type;
    row.shape = Shape::Value;
    bind_value_type<T>(row);
    row.access.size = [](const void* object) -> std::size_t {
        if constexpr (std::is_same_v<T, std::string>) return Access::of(object).empty() ? 0 : 1;
        return 1;
    };
    row.access.get = [](const void* object, std::size_t) {
        return print_value(Access::of(object));
    };
    row.access.put = [](void* object, const Scalar& value) {
        return parse_into(Access::of(object), value);
    };
}

template <auto Member>
void bind_optional(Field& row) {
    using Access = MemberTraits<Member>;
    using T = typename Access::Type::value_type;
    row.shape = Shape::Value;
    bind_value_type<T>(row);
    row.access.size = [](const void* object) -> std::size_t {
        return Access::of(object).has_value() ? 1 : 0;
    };
    row.access.get = [](const void* object, std::size_t) {
        return print_value(*Access::of(object));
    };
    row.access.put = [](void* object, const Scalar& value) {
        T parsed{};
        auto error = parse_into(parsed, value);
        if (!error) Access::of(object) = std::move(parsed);
        return error;
    };
}

template <auto Member>
void bind_list(Field& row) {
    using Access = MemberTraits<Member>;
    using T = typename Access::Type::value_type;
    row.shape = Shape::List;
    bind_value_type<T>(row);
    row.access.size = [](const void* object) { return Access::of(object).size(); };
    row.access.get = [](const void* object, std::size_t index) {
        return print_value(Access::of(object)[index]);
    };
    row.access.put = [](void* object, const Scalar& value) {
        T parsed{};
        auto error = parse_into(parsed, value);
        if (!error) Access::of(object).push_back(std::move(parsed));
        return error;
    };
    row.access.clear = [](void* object) { Access::of(object).clear(); };
    row.access.append = [](void* object) -> void* { return &Access::of(object).emplace_back(); };
}

template <auto Member>
void bind_object_list(Field& row) {
    using Access = MemberTraits<Member>;
    using T = typename Access::Type::value_type;
    row.shape = Shape::ObjectList;
    row.object_type = &object_type<T>;
    row.access.size = [](const void* object) { return Access::of(object).size(); };
    row.access.child = [](void* object, std::size_t index) -> void* {
        return &Access::of(object)[index];
    };
    row.access.child_const = [](const void* object, std::size_t index) -> const void* {
        return &Access::of(object)[index];
    };
    row.access.clear = [](void* object) { Access::of(object).clear(); };
    row.access.append = [](void* object) -> void* { return &Access::of(object).emplace_back(); };
    row.access.erase = [](void* object, std::size_t index) {
        auto& list = Access::of(object);
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
    };
    row.access.move_last_to = [](void* object, std::size_t index) {
        auto& list = Access::of(object);
        list[index] = std::move(list.back());
        list.pop_back();
    };
    row.access.same = [](const void* a, std::size_t i, const void* b, std::size_t j) {
        return Access::of(a)[i] == Access::of(b)[j];
    };
}

template <auto Member>
void bind_object(Field& row) {
    using Access = MemberTraits<Member>;
    row.shape = Shape::Object;
    row.object_type = &object_type<typename Access::Type>;
    row.access.size = [](const void*) -> std::size_t { return 1; };
    row.access.child = [](void* object, std::size_t) -> void* { return &Access::of(object); };
    row.access.child_const = [](const void* object, std::size_t) -> const void* {
        return &Access::of(object);
    };
    row.access.assign = [](void* object, const void* from) {
        Access::of(object) = Access::of(from);
    };
}

// The row for one member. Text members name their type in `info.type` (text_types.hpp).
template <auto Member>
[[nodiscard]] Field field(std::string_view name, const FieldInfo& info) {
    using T = typename MemberTraits<Member>::Type;
    Field row{.name = name, .info = info};
    if constexpr (std::is_same_v<T, std::string> || ScalarMember<T>) {
        bind_scalar<Member>(row);
    } else if constexpr (kIsOptional<T>) {
        bind_optional<Member>(row);
    } else if constexpr (kIsVector<T>) {
        using Element = typename T::value_type;
        if constexpr (std::is_same_v<Element, std::string> || ScalarMember<Element>) {
            bind_list<Member>(row);
        } else {
            bind_object_list<Member>(row);
        }
    } else {
        bind_object<Member>(row);
    }
    return row;
}

// The rows every named object begins with.
template <class T>
[[nodiscard]] Field name_row() {
    return field<&T::name>("name", {.doc = "Unique within its collection; other objects refer to "
                                           "it by this name.",
                                    .example = "core",
                                    .type = &kSlugType,
                                    .required = true});
}
template <class T>
[[nodiscard]] Field description_row() {
    return field<&T::description>("description",
                                  {.doc = "Free text for people.", .type = &kTextType});
}
template <class T>
[[nodiscard]] Field enabled_row() {
    return field<&T::enabled>("enabled",
                              {.doc = "A disabled object is kept and checked, but not used."});
}

template <class T>
[[nodiscard]] const void* default_object() {
    static const T kDefault{};
    return &kDefault;
}

}  // namespace portcullis::config
