// SPDX-License-Identifier: BSD-2-Clause
// Path: where a walk over the document is, and its JSON pointer (RFC 6901).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace portcullis::config {

// Appends "/segment", escaped (RFC 6901 section 3).
void append_segment(std::string& pointer, std::string_view segment);

// A chain of segments on the stack: costs nothing until its text is asked for. A Path refers to its
// parent and to the name it was given; both outlive it.
class Path {
 public:
    Path() = default;

    [[nodiscard]] Path operator/(std::string_view name) const { return {this, name, kNoIndex}; }
    [[nodiscard]] Path operator/(std::size_t index) const { return {this, {}, index}; }
    [[nodiscard]] std::string text() const;

 private:
    static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
    Path(const Path* parent, std::string_view name, std::size_t index)
        : parent_(parent), name_(name), index_(index) {}

    const Path* parent_ = nullptr;  // nullptr: the root
    std::string_view name_;
    std::size_t index_ = kNoIndex;
};

}  // namespace portcullis::config
