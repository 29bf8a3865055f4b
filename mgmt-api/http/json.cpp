// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/json.hpp"

#include <unordered_set>
#include <vector>

namespace portcullis::mgmt {

namespace {

// Builds the value from the parser's events, so that depth and duplicate names are seen before
// memory is spent on them.
class Builder final : public nlohmann::json_sax<Json> {
 public:
    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(number_integer_t value) override { return put(value); }
    bool number_unsigned(number_unsigned_t value) override { return put(value); }
    bool number_float(number_float_t value, const string_t&) override { return put(value); }
    bool string(string_t& value) override { return put(std::move(value)); }
    bool binary(binary_t&) override { return refuse("binary value"); }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        Level& level = stack_.back();
        if (level.value.contains(name)) return refuse("the name \"" + name + "\" comes twice");
        level.key = std::move(name);
        return true;
    }

    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        // 406: a number beyond the range of a double.
        return refuse(error.id == 406 ? "a number is out of range"
                                      : "syntax error at byte " + std::to_string(position));
    }

    [[nodiscard]] const std::string& reason() const { return reason_; }
    [[nodiscard]] Json take() { return std::move(root_); }

 private:
    struct Level {
        Json value;
        std::string key;  // the member being read, in an object
    };

    bool refuse(std::string reason) {
        reason_ = std::move(reason);
        return false;
    }
    bool put(Json value) {
        if (stack_.empty()) {
            root_ = std::move(value);
        } else if (Level& level = stack_.back(); level.value.is_array()) {
            level.value.push_back(std::move(value));
        } else {
            level.value.emplace(std::move(level.key), std::move(value));
        }
        return true;
    }
    bool open(Json empty) {
        if (stack_.size() >= static_cast<std::size_t>(kMaxJsonDepth)) {
            return refuse("nested deeper than " + std::to_string(kMaxJsonDepth));
        }
        stack_.push_back({std::move(empty), {}});
        return true;
    }
    bool close() {
        Json value = std::move(stack_.back().value);
        stack_.pop_back();
        return put(std::move(value));
    }

    std::vector<Level> stack_;
    Json root_;
    std::string reason_;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
    Builder builder;
    if (!Json::sax_parse(text, &builder)) {
        return fail(std::make_error_code(std::errc::invalid_argument), builder.reason());
    }
    return builder.take();
}

std::string print_json(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Response json_response(const Json& value, unsigned status) {
    return Response{.status = status,
                    .content_type = "application/json",
                    .body = print_json(value),
                    .headers = {}};
}

}  // namespace portcullis::mgmt
