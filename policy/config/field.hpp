// SPDX-License-Identifier: BSD-2-Clause
// Field and ObjectType: the rows that define a configuration struct once.
//
// Reading, writing, bounds, defaults, references, redaction and documentation are walks over these
// rows; nothing else knows the JSON form of a struct. Rows reach into the struct through plain
// functions made from a member pointer (field_row.hpp), so a walk needs no template and no JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace portcullis::config {

// A value as JSON has it; every member that is not an object or a list converts from and to one.
using Scalar = std::variant<bool, std::int64_t, std::string>;

enum class JsonType : std::uint8_t { Boolean, Integer, Text };

// Why a value is refused; `code` as in Problem.
struct ValueError {
    std::string_view code;
    std::string message;
    std::string hint;
};

// What a value looks like: shared by all rows of that kind.
struct ValueType {
    JsonType json = JsonType::Text;
    std::string_view format{};                  // "cidr": for schemas and documentation
    std::string_view expected{};                // "an address prefix such as 198.18.0.0/24"
    std::span<const std::string_view> names{};  // the values of an enumeration
    // Text only: what is wrong with it; the text is neither empty nor too long.
    std::optional<ValueError> (*check)(std::string_view text) = nullptr;
    std::size_t max_length = 256;  // text only, bytes
};

enum class Shape : std::uint8_t { Value, List, Object, ObjectList };

struct ObjectType;

// What a row says of its member besides the name and the type.
struct FieldInfo {
    std::string_view doc{};
    std::string_view example{};
    std::string_view unit{};
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min();  // integers
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
    std::size_t min_items = 0;  // lists
    std::size_t max_items = 1000;
    std::string_view refers_to{};     // the collection whose objects this names: "realms"
    const ValueType* type = nullptr;  // required for text; other members know theirs
    bool required = false;            // must stand in the JSON text
    bool needs_enabled = false;       // may not name a disabled object
    bool needs_restart = false;       // takes effect at the start of its daemon
    bool secret = false;              // left out of what is written, unless asked for
};

// Reach into the struct. `object` is always a pointer to the struct the row belongs to.
struct FieldAccess {
    // Value and List: how many values there are; 0: an absent optional or an empty text.
    std::size_t (*size)(const void* object) = nullptr;
    Scalar (*get)(const void* object, std::size_t index) = nullptr;
    // Sets the value, or appends to the list. Text is stored even when it is refused, so that
    // references to a badly named object are not reported as well.
    std::optional<ValueError> (*put)(void* object, const Scalar& value) = nullptr;
    void (*clear)(void* object) = nullptr;  // List: before the first put
    // Object (index 0) and ObjectList.
    void* (*child)(void* object, std::size_t index) = nullptr;
    const void* (*child_const)(const void* object, std::size_t index) = nullptr;
    void (*assign)(void* object, const void* from) = nullptr;  // Object: copies the member
    // List and ObjectList: a default element at the end.
    void* (*append)(void* object) = nullptr;
    // ObjectList.
    void (*erase)(void* object, std::size_t index) = nullptr;
    void (*move_last_to)(void* object, std::size_t index) = nullptr;  // replaces that element
    // Whether element `i` of one list has the values of element `j` of another.
    bool (*same)(const void* a, std::size_t i, const void* b, std::size_t j) = nullptr;
};

struct Field {
    std::string_view name{};
    Shape shape = Shape::Value;
    const ValueType* value = nullptr;              // Value, List
    const ObjectType& (*object_type)() = nullptr;  // Object, ObjectList
    FieldInfo info{};
    FieldAccess access{};
};

struct ObjectType {
    std::string_view name;  // in words: "sip interface"
    std::string_view doc{};
    std::span<const Field> fields;
    const void* (*defaults)() = nullptr;  // a default-constructed struct: where defaults come from

    // nullptr if there is no such row.
    [[nodiscard]] const Field* find(std::string_view field) const {
        for (const Field& row : fields) {
            if (row.name == field) return &row;
        }
        return nullptr;
    }
};

// The "name" of a named object; empty for a type without one.
[[nodiscard]] std::string object_name(const ObjectType& type, const void* object);
// Its "enabled"; true for a type without one.
[[nodiscard]] bool object_enabled(const ObjectType& type, const void* object);

}  // namespace portcullis::config
