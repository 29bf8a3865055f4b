// SPDX-License-Identifier: BSD-2-Clause
// Problem: one reason a configuration document is refused.
#pragma once

#include <string>
#include <vector>

namespace portcullis::config {

struct Problem {
    std::string pointer;  // JSON pointer (RFC 6901) into the document; "" is the whole document
    std::string code;     // stable, for programs: "unknown-field", "dangling-reference", ...
    std::string message;  // what is wrong, in one sentence
    std::string hint;     // what to do about it

    bool operator==(const Problem&) const = default;
};

using Problems = std::vector<Problem>;

}  // namespace portcullis::config
