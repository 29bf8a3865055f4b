// SPDX-License-Identifier: BSD-2-Clause
#include "policy/prefix_tree.hpp"

namespace portcullis::policy {

std::uint32_t PrefixTree::child(std::uint32_t node, char label) const {
    std::uint32_t at = nodes_[node].first_child;
    while (at != kNone && nodes_[at].label != label) at = nodes_[at].next_sibling;
    return at;
}

void PrefixTree::insert(std::string_view prefix, std::uint32_t value) {
    std::uint32_t node = 0;
    for (const char label : prefix) {
        std::uint32_t next = child(node, label);
        if (next == kNone) {
            next = static_cast<std::uint32_t>(nodes_.size());
            nodes_.push_back(
                {.next_sibling = nodes_[node].first_child, .first_entry = kNone, .label = label});
            nodes_[node].first_child = next;
        }
        node = next;
    }
    entries_.push_back({value, nodes_[node].first_entry});
    nodes_[node].first_entry = static_cast<std::uint32_t>(entries_.size() - 1);
}

void PrefixTree::collect(std::string_view number, std::vector<std::uint32_t>& out) const {
    std::uint32_t node = 0;
    for (std::size_t i = 0;; ++i) {
        for (std::uint32_t e = nodes_[node].first_entry; e != kNone; e = entries_[e].next) {
            out.push_back(entries_[e].value);
        }
        if (i == number.size()) return;
        node = child(node, number[i]);
        if (node == kNone) return;
    }
}

}  // namespace portcullis::policy
