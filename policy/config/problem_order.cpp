// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/problem_order.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "policy/config/document.hpp"
#include "policy/config/field.hpp"

namespace portcullis::config {
namespace {

struct Rank {
    std::size_t section = 0;
    std::uint64_t index = 0;

    auto operator<=>(const Rank&) const = default;
};

// The document itself first, then its sections in table order, then members it does not have.
Rank rank_of(std::string_view pointer) {
    if (pointer.empty()) return {};
    const auto [section, rest] = text::cut(pointer.substr(1), '/');
    const auto& fields = object_type<Document>().fields;
    const auto at = std::find_if(fields.begin(), fields.end(),
                                 [s = section](const Field& row) { return row.name == s; });
    const auto index = text::to_number<std::uint64_t>(text::cut(rest, '/').first);
    return {static_cast<std::size_t>(at - fields.begin()) + 1, index.value_or(0)};
}

}  // namespace

void sort_problems(Problems& problems) {
    std::vector<std::pair<Rank, std::size_t>> order;
    order.reserve(problems.size());
    for (std::size_t i = 0; i < problems.size(); ++i) {
        order.emplace_back(rank_of(problems[i].pointer), i);
    }
    std::sort(order.begin(), order.end());
    Problems sorted;
    sorted.reserve(problems.size());
    for (const auto& [rank, i] : order) sorted.push_back(std::move(problems[i]));
    problems = std::move(sorted);
}

KnownProblems::KnownProblems(const Problems& problems) {
    for (const Problem& problem : problems) {
        at_.insert(problem.pointer);
        std::string_view above = problem.pointer;
        while (!above.empty()) {
            above = above.substr(0, above.rfind('/'));
            within_.emplace(above);
        }
    }
}

bool KnownProblems::touches(std::string_view pointer) const {
    if (at_.empty()) return false;
    if (within_.contains(std::string(pointer))) return true;
    for (std::string_view above = pointer;; above = above.substr(0, above.rfind('/'))) {
        if (at_.contains(std::string(above))) return true;
        if (above.empty()) return false;
    }
}

}  // namespace portcullis::config
