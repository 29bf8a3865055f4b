// SPDX-License-Identifier: BSD-2-Clause
// The strict reader: JSON text into a struct by its field table (object_io.hpp).
#include <algorithm>
#include <map>

#include "common/base/text.hpp"
#include "policy/config/json_pointer.hpp"
#include "policy/config/json_tree.hpp"
#include "policy/config/object_io.hpp"
#include "policy/config/reader.hpp"
#include "policy/config/suggest.hpp"

namespace portcullis::config {
namespace {

class ObjectReader {
 public:
    explicit ObjectReader(Problems& problems) : problems_(problems) {}

    void read(const JsonNode& node, const ObjectType& type, void* object, const Path& path) {
        const auto* members = std::get_if<JsonObject>(&node.value);
        if (members == nullptr) return wrong_type(path, "an object", node);
        for (const JsonMember& member : *members) {
            const Field* row = type.find(member.name);
            if (row == nullptr) {
                unknown_field(path / member.name, type, member.name);
            } else {
                read_field(member.node, *row, object, path / row->name);
            }
        }
        for (const Field& row : type.fields) {
            if (!row.info.required || has_member(*members, row.name)) continue;
            report(path / row.name, "missing-field", "\"" + std::string(row.name) + "\" is missing",
                   missing_hint(row));
        }
    }

 private:
    static bool has_member(const JsonObject& members, std::string_view name) {
        return std::any_of(members.begin(), members.end(),
                           [name](const JsonMember& member) { return member.name == name; });
    }

    static std::string missing_hint(const Field& row) {
        std::string hint(row.info.doc);
        if (!row.info.example.empty()) {
            hint += " Example: ";
            hint += row.info.example;
        }
        return hint;
    }

    void read_field(const JsonNode& node, const Field& row, void* object, const Path& path) {
        switch (row.shape) {
            case Shape::Value:
                return read_value(node, row, object, path);
            case Shape::List:
                return read_list(node, row, object, path);
            case Shape::Object:
                return read(node, row.object_type(), row.access.child(object, 0), path);
            case Shape::ObjectList:
                return read_object_list(node, row, object, path);
        }
    }

    void read_list(const JsonNode& node, const Field& row, void* object, const Path& path) {
        const auto* items = std::get_if<JsonArray>(&node.value);
        if (items == nullptr) return wrong_type(path, "a list", node);
        if (!check_count(items->size(), row, path)) return;
        row.access.clear(object);
        std::map<Scalar, std::size_t> seen;
        for (std::size_t i = 0; i < items->size(); ++i) {
            const std::size_t before = problems_.size();
            read_value((*items)[i], row, object, path / i);
            // A refused value keeps its place, so that the indexes of the others stay true.
            if (row.access.size(object) == i) row.access.append(object);
            if (problems_.size() != before) continue;
            const auto [first, fresh] = seen.emplace(row.access.get(object, i), i);
            if (!fresh) repeated(path / i, first->second);
        }
    }

    void read_object_list(const JsonNode& node, const Field& row, void* object, const Path& path) {
        const auto* items = std::get_if<JsonArray>(&node.value);
        if (items == nullptr) return wrong_type(path, "a list", node);
        if (!check_count(items->size(), row, path)) return;
        row.access.clear(object);
        for (std::size_t i = 0; i < items->size(); ++i) {
            read((*items)[i], row.object_type(), row.access.append(object), path / i);
        }
    }

    void read_value(const JsonNode& node, const Field& row, void* object, const Path& path) {
        Scalar value;
        if (row.info.secret && is_placeholder(node)) {
            return report(path, "no-stored-secret", "there is no stored value to keep",
                          "write the value itself");
        }
        if (!to_scalar(node, *row.value, value)) return wrong_type(path, row.value->expected, node);
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            if (!check_bounds(*number, row, path)) return;
        }
        if (const auto* text = std::get_if<std::string>(&value)) {
            if (!check_text(*text, row, object, path)) return;
        }
        if (auto error = row.access.put(object, value)) {
            report(path, error->code, std::move(error->message), std::move(error->hint));
        } else if (row.value->check != nullptr) {
            if (error = row.value->check(std::get<std::string>(value)); error) {
                report(path, error->code, std::move(error->message), std::move(error->hint));
            }
        }
    }

    // What is written in place of a secret (writer.hpp); whoever keeps secrets replaces it before.
    static bool is_placeholder(const JsonNode& node) {
        const auto* members = std::get_if<JsonObject>(&node.value);
        return members != nullptr && members->size() == 1 && members->front().name == "$secret";
    }

    static bool to_scalar(const JsonNode& node, const ValueType& type, Scalar& value) {
        switch (type.json) {
            case JsonType::Boolean:
                if (const auto* flag = std::get_if<bool>(&node.value)) value = *flag;
                return std::holds_alternative<bool>(node.value);
            case JsonType::Integer:
                if (const auto* number = std::get_if<std::int64_t>(&node.value)) value = *number;
                return std::holds_alternative<std::int64_t>(node.value);
            case JsonType::Text:
                if (const auto* text = std::get_if<std::string>(&node.value)) value = *text;
                return std::holds_alternative<std::string>(node.value);
        }
        return false;
    }

    // Empty text means the same as leaving an optional field out.
    bool check_text(const std::string& text, const Field& row, void* object, const Path& path) {
        if (text.size() > row.value->max_length) {
            report(path, "too-long", "the text has " + std::to_string(text.size()) + " bytes",
                   "at most " + std::to_string(row.value->max_length) + " are allowed");
            return false;
        }
        if (!text.empty()) return true;
        const bool is_plain_text = row.shape == Shape::Value && row.value->check != nullptr;
        if (is_plain_text && !row.info.required) {
            (void)row.access.put(object, Scalar(text));
            return false;
        }
        report(path, "empty", "the text is empty",
               "write " + std::string(row.value->expected) +
                   (row.info.required ? "" : ", or leave it out"));
        return false;
    }

    bool check_bounds(std::int64_t number, const Field& row, const Path& path) {
        if (number >= row.info.minimum && number <= row.info.maximum) return true;
        std::string hint =
            "use " + std::to_string(row.info.minimum) + " to " + std::to_string(row.info.maximum);
        if (!row.info.unit.empty()) hint += " " + std::string(row.info.unit);
        report(path, "out-of-range", std::to_string(number) + " is out of range", std::move(hint));
        return false;
    }

    bool check_count(std::size_t count, const Field& row, const Path& path) {
        if (count < row.info.min_items) {
            report(path, "too-few-items", "the list has " + std::to_string(count) + " items",
                   "at least " + std::to_string(row.info.min_items) + " are needed");
            return false;
        }
        if (count > row.info.max_items) {
            report(path, "too-many-items", "the list has " + std::to_string(count) + " items",
                   "at most " + std::to_string(row.info.max_items) + " are allowed");
            return false;
        }
        return true;
    }

    void repeated(const Path& path, std::size_t first) {
        report(path, "duplicate-item",
               "the value stands in the list already, at " + std::to_string(first),
               "keep one of them");
    }

    void unknown_field(const Path& path, const ObjectType& type, std::string_view name) {
        const std::string near = closest_name(name, type);
        report(path, "unknown-field",
               "a " + std::string(type.name) + " has no field \"" + text::printable(name) + "\"",
               near.empty() ? "remove it; known fields are " + field_names(type)
                            : "did you mean \"" + near + "\"?");
    }

    void wrong_type(const Path& path, std::string_view expected, const JsonNode& node) {
        report(path, "wrong-type",
               "expected " + std::string(expected) + ", found " + std::string(describe_type(node)),
               std::holds_alternative<std::nullptr_t>(node.value)
                   ? "leave the field out to have its default"
                   : "write " + std::string(expected));
    }

    void report(const Path& path, std::string_view code, std::string message, std::string hint) {
        if (problems_.size() >= kMaxProblems) return;
        problems_.push_back({path.text(), std::string(code), std::move(message), std::move(hint)});
    }

    Problems& problems_;
};

}  // namespace

void read_object_text(const ObjectType& type, void* object, std::string_view json,
                      Problems& problems) {
    JsonNode root;
    if (!parse_json(json, root, problems)) return;
    ObjectReader(problems).read(root, type, object, Path());
}

}  // namespace portcullis::config
