// SPDX-License-Identifier: BSD-2-Clause
// Warning: the words in which a refusal tells its receiver what was wrong (RFC 3261 section 20.43).
#pragma once

#include <string>
#include <string_view>

namespace portcullis::sip {

// Fixed words of ours: the constructor takes nothing that is known only at run time, so that no
// byte of a message, and nothing of another party, can get into them. A value; without text it
// stands for no Warning at all.
class Warning {
 public:
    constexpr Warning() = default;
    // `code`: 300 to 307 for what is wrong with a session description, 370, else 399. Implicit, so
    // that a refusal reads as one.
    consteval Warning(const char* text, unsigned code = 399)  // NOLINT(google-explicit-constructor)
        : text_(text), code_(code) {}

    [[nodiscard]] constexpr bool empty() const { return text_.empty(); }
    [[nodiscard]] constexpr std::string_view text() const { return text_; }
    [[nodiscard]] constexpr unsigned code() const { return code_; }
    // `399 portcullis "malformed Via"`: the agent is a pseudonym, the same for every interface.
    [[nodiscard]] std::string value() const;

 private:
    std::string_view text_{};
    unsigned code_ = 399;
};

}  // namespace portcullis::sip
