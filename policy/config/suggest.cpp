// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace portcullis::config {
namespace {

// Levenshtein distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string closest_name(std::string_view name, const ObjectType& type) {
    constexpr std::size_t kMaxEdits = 2;
    if (name.size() > 64) return {};
    std::string best;
    std::size_t best_distance = kMaxEdits + 1;
    for (const Field& row : type.fields) {
        const std::size_t edits = distance(name, row.name);
        if (edits < best_distance && edits < row.name.size()) {
            best = row.name;
            best_distance = edits;
        }
    }
    return best;
}

std::string field_names(const ObjectType& type) {
    std::string out;
    for (const Field& row : type.fields) {
        if (!out.empty()) out += ", ";
        out += row.name;
    }
    return out;
}

}  // namespace portcullis::config
