// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/json_pointer.hpp"

namespace portcullis::config {

void append_segment(std::string& pointer, std::string_view segment) {
    pointer += '/';
    for (const char c : segment) {
        if (c == '~') {
            pointer += "~0";
        } else if (c == '/') {
            pointer += "~1";
        } else {
            pointer += c;
        }
    }
}

std::string Path::text() const {
    if (parent_ == nullptr) return {};
    std::string out = parent_->text();
    append_segment(out, index_ == kNoIndex ? std::string(name_) : std::to_string(index_));
    return out;
}

}  // namespace portcullis::config
