// SPDX-License-Identifier: BSD-2-Clause
// PrefixTree: the values of every prefix of a dialled number.
//
// A tree of characters in one array (first child, next sibling): 16 bytes a node, no pointer. Built
// once, then read by any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace portcullis::policy {

class PrefixTree {
 public:
    PrefixTree() : nodes_(1) {}

    // Adds `value` under `prefix`; the empty prefix is of every number.
    void insert(std::string_view prefix, std::uint32_t value);

    // Appends the values of all prefixes of `number` to `out`, in no particular order.
    void collect(std::string_view number, std::vector<std::uint32_t>& out) const;

 private:
    static constexpr std::uint32_t kNone = 0;  // the root is nobody's child; entry 0 is unused

    struct Node {
        std::uint32_t first_child = kNone;
        std::uint32_t next_sibling = kNone;
        std::uint32_t first_entry = kNone;
        char label = 0;
    };
    struct Entry {
        std::uint32_t value = 0;
        std::uint32_t next = kNone;
    };

    [[nodiscard]] std::uint32_t child(std::uint32_t node, char label) const;

    std::vector<Node> nodes_;
    std::vector<Entry> entries_{1};
};

}  // namespace portcullis::policy
