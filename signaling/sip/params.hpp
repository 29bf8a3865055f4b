// SPDX-License-Identifier: BSD-2-Clause
// Params: the `;name=value` list behind a header value or inside a URI (RFC 3261 section 25.1).
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {

// One parameter. `value` is as written (a quoted string keeps its quotes) and empty for a flag.
struct Param {
    std::string_view name;
    std::string_view value;
    bool has_value = false;
};

// An ordered parameter list as a VIEW of its text, which the owner of the text must outlive:
// nothing is copied, and iteration walks the text. Make one with parse_params() or through a typed
// value; the text has been checked by then. Names compare without case; of a repeated name the
// first counts.
class Params {
 public:
    class Iterator {
     public:
        using value_type = Param;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using pointer = const Param*;
        using reference = const Param&;

        Iterator() = default;
        explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }
        const Param& operator*() const { return current_; }
        const Param* operator->() const { return &current_; }
        Iterator& operator++() {
            advance();
            return *this;
        }
        void operator++(int) { advance(); }
        bool operator==(const Iterator& other) const { return done_ == other.done_; }

     private:
        void advance();

        std::string_view rest_;
        Param current_;
        bool done_ = true;
    };

    Params() = default;
    // `text` without the leading ';', known to be well-formed.
    explicit Params(std::string_view text) : text_(text) {}

    [[nodiscard]] bool empty() const { return text_.empty(); }
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] Iterator begin() const { return text_.empty() ? Iterator{} : Iterator{text_}; }
    [[nodiscard]] Iterator end() const { return {}; }

    [[nodiscard]] std::optional<Param> find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
    // The value as written, empty for a flag; nothing if there is no such parameter.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    // The value without quotes and escapes.
    [[nodiscard]] std::optional<std::string> text_of(std::string_view name) const;

 private:
    std::string_view text_;
};

// Calls `visit(param)` for each of the generic-params of a header value while it checks them;
// `text` as for parse_params(). False if they are malformed, or as soon as `visit` says so.
template <class Visit>
[[nodiscard]] bool scan_params(std::string_view text, Visit visit) {
    const auto skip_wsp = [&] { text = trim_wsp_front(text); };
    skip_wsp();
    while (!text.empty()) {
        if (text.front() != ';') return false;
        text.remove_prefix(1);
        skip_wsp();
        Param param;
        param.name = text.substr(0, count_in(CharClass::Token, text));
        if (param.name.empty()) return false;
        text.remove_prefix(param.name.size());
        skip_wsp();
        if (!text.empty() && text.front() == '=') {
            text.remove_prefix(1);
            skip_wsp();
            const bool quoted = !text.empty() && text.front() == '"';
            const std::size_t size =
                quoted ? skip_quoted(text).value_or(0) : count_in(CharClass::Bare, text);
            if (size == 0) return false;
            param.value = text.substr(0, size);
            param.has_value = true;
            text.remove_prefix(size);
            skip_wsp();
        }
        if (!visit(param)) return false;
    }
    return true;
}

// What scan_params() has accepted.
[[nodiscard]] inline Params scanned_params(std::string_view text) {
    text = trim_wsp(text);
    return text.empty() ? Params{} : Params{text.substr(1)};
}

// The generic-params of a header value: `text` is empty or starts with ';', LWS is allowed around
// ';' and '='. Fails with MalformedParameters.
[[nodiscard]] Result<Params> parse_params(std::string_view text);

// `;name=value` for each parameter but `name` (without case).
[[nodiscard]] std::string print_without(const Params& params, std::string_view name);

// `;name=value` for each parameter.
void append(std::string& out, const Params& params);

}  // namespace portcullis::sip
