// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/json_tree.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "common/base/text.hpp"
#include "policy/config/json_pointer.hpp"
#include "policy/config/reader.hpp"

namespace portcullis::config {
namespace {

// Builds the tree from the parser's events; one open array or object per level.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
    TreeBuilder(JsonNode& root, Problems& problems) : root_(root), problems_(problems) {}

    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(std::int64_t{value}); }
    bool number_unsigned(number_unsigned_t value) override {
        constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
        return put(value > static_cast<std::uint64_t>(kMax) ? kMax
                                                            : static_cast<std::int64_t>(value));
    }
    bool number_float(number_float_t value, const string_t&) override { return put(double{value}); }
    bool string(string_t& value) override { return put(std::move(value)); }
    bool binary(binary_t&) override { return false; }

    bool start_object(std::size_t) override { return open(JsonObject{}); }
    bool start_array(std::size_t) override { return open(JsonArray{}); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        Level& level = levels_.back();
        level.skip_next = !level.names.insert(name).second;
        level.name = std::move(name);
        if (level.skip_next) report_duplicate();
        return true;
    }

    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception& error) override {
        std::string_view what = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without the tag.
        if (const auto tag = what.find("] "); tag != std::string_view::npos) {
            what.remove_prefix(tag + 2);
        }
        problems_.push_back({"", "syntax",
                             "not valid JSON at byte " + std::to_string(position) + ": " +
                                 text::printable(what, 200),
                             "check quotes, commas and brackets there; comments are not JSON"});
        return false;
    }

 private:
    struct Level {
        JsonNode* node;  // an array or object; nullptr below a duplicate member
        std::string name;
        bool skip_next = false;
        std::unordered_set<std::string> names;
    };

    // Where the next value goes: a null node in its place, or a sink for a skipped one.
    JsonNode& place() {
        if (levels_.empty()) return root_;
        Level& level = levels_.back();
        if (level.node == nullptr || level.skip_next) {
            level.skip_next = false;
            return sink_;
        }
        if (auto* array = std::get_if<JsonArray>(&level.node->value)) return array->emplace_back();
        auto& member = std::get<JsonObject>(level.node->value).emplace_back();
        member.name = std::move(level.name);
        return member.node;
    }

    template <class T>
    bool put(T value) {
        place().value.template emplace<T>(std::move(value));
        return true;
    }

    template <class T>
    bool open(T value) {
        if (levels_.size() == kMaxDepth) {
            problems_.push_back(
                {"", "too-deep",
                 "arrays and objects are nested more than " + std::to_string(kMaxDepth) + " deep",
                 "no part of a configuration is that deep: check the brackets"});
            return false;
        }
        JsonNode& node = place();
        node.value.template emplace<T>(std::move(value));
        levels_.push_back({.node = &node == &sink_ ? nullptr : &node, .name = {}, .names = {}});
        return true;
    }

    bool close() {
        levels_.pop_back();
        return true;
    }

    void report_duplicate() {
        if (problems_.size() >= kMaxProblems) return;
        std::string pointer;
        for (const Level& level : levels_) {
            const auto* array =
                level.node == nullptr ? nullptr : std::get_if<JsonArray>(&level.node->value);
            if (level.node == nullptr) return;  // inside a duplicate: reported already
            append_segment(pointer, array != nullptr ? std::to_string(array->size() - 1)
                                    : &level == &levels_.back()
                                        ? level.name
                                        : std::get<JsonObject>(level.node->value).back().name);
        }
        problems_.push_back({std::move(pointer), "duplicate-key",
                             "\"" + text::printable(levels_.back().name) + "\" stands twice",
                             "keep one of them"});
    }

    JsonNode& root_;
    Problems& problems_;
    JsonNode sink_;
    std::vector<Level> levels_;
};

}  // namespace

bool parse_json(std::string_view text, JsonNode& root, Problems& problems) {
    if (text.size() > kMaxDocumentBytes) {
        problems.push_back({"", "too-large",
                            "the text has " + std::to_string(text.size()) + " bytes",
                            "at most " + std::to_string(kMaxDocumentBytes) + " are read"});
        return false;
    }
    TreeBuilder builder(root, problems);
    if (nlohmann::json::sax_parse(text, &builder)) return true;
    root = JsonNode{};
    return false;
}

std::string_view describe_type(const JsonNode& node) {
    static constexpr std::array<std::string_view, 7> kNames{
        "null", "true or false", "a whole number", "a fraction", "text", "a list", "an object"};
    return kNames[node.value.index()];
}

}  // namespace portcullis::config
