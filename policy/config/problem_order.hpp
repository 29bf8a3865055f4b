// SPDX-License-Identifier: BSD-2-Clause
// The order in which problems are reported, and look-up of the ones already known.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "policy/config/problem.hpp"

namespace portcullis::config {

// By section of the document, then by index; within one object in the order they were found.
void sort_problems(Problems& problems);

// The pointers at which something is wrong already: checks that depend on them stay silent.
class KnownProblems {
 public:
    explicit KnownProblems(const Problems& problems);

    // Whether the value at `pointer`, something within it or something around it is bad.
    [[nodiscard]] bool touches(std::string_view pointer) const;
    // Whether exactly the value at `pointer` is bad, so that nothing of it was read.
    [[nodiscard]] bool is_at(std::string_view pointer) const {
        return at_.contains(std::string(pointer));
    }

 private:
    std::unordered_set<std::string> at_;      // pointers with a problem
    std::unordered_set<std::string> within_;  // and every pointer above one
};

}  // namespace portcullis::config
