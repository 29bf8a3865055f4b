// SPDX-License-Identifier: BSD-2-Clause
// JsonLine: a JSON object (RFC 8259) written member by member onto one line of ASCII.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"

namespace portcullis::record {

// Writes what it is told in that order; the caller closes what it opens. Text that is not UTF-8 has
// its bad bytes replaced. A value without a key is an element of an array.
class JsonLine {
 public:
    explicit JsonLine(std::size_t expected_size) { text_.reserve(expected_size); }

    JsonLine& key(std::string_view name);  // of letters, digits and underscores
    JsonLine& open(char bracket);          // '{' or '['
    JsonLine& close(char bracket);         // '}' or ']'

    JsonLine& value(std::string_view text);
    JsonLine& value(const char* text) { return value(std::string_view(text)); }
    JsonLine& value(double number);  // finite
    template <std::integral T>
    JsonLine& value(T number) {
        return raw(std::to_string(number));
    }
    JsonLine& value(WallTime at);
    JsonLine& null() { return raw("null"); }
    template <class T>
    JsonLine& value(const std::optional<T>& maybe) {
        return maybe ? value(*maybe) : null();
    }
    // A member.
    template <class T>
    JsonLine& add(std::string_view name, const T& content) {
        return key(name).value(content);
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

 private:
    JsonLine& raw(std::string_view text);
    void separate();

    std::string text_;
};

// "2026-11-21T08:31:47.000123Z"
void append_time(std::string& text, WallTime at);

}  // namespace portcullis::record
