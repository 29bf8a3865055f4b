// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/router.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/base/text.hpp"

namespace portcullis::mgmt {

namespace {

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> out;
    path.remove_prefix(1);
    while (true) {
        const auto slash = path.find('/');
        out.emplace_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return out;
        path.remove_prefix(slash + 1);
    }
}

// -1: no match; else how many segments match exactly.
int match_score(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return -1;
    int exact = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == path[i]) {
            ++exact;
        } else if (!is_parameter(pattern[i]) || path[i].empty()) {
            return -1;
        }
    }
    return exact;
}

std::string allowed_methods(const std::vector<Route>& methods) {
    std::string out;
    for (const Route& route : methods) {
        if (!out.empty()) out += ", ";
        out += route.method == "GET" ? "GET, HEAD" : route.method;
    }
    return out;
}

}  // namespace

void Router::add(Route route) {
    auto segments = split(route.path);
    const auto entry = std::ranges::find(entries_, segments, &Entry::segments);
    if (entry == entries_.end()) {
        Entry fresh{.segments = std::move(segments), .methods = {}};
        fresh.methods.push_back(std::move(route));
        entries_.push_back(std::move(fresh));
        return;
    }
    PORTCULLIS_ASSERT(std::ranges::find(entry->methods, route.method, &Route::method) ==
                      entry->methods.end());
    entry->methods.push_back(std::move(route));
}

const Router::Entry* Router::find_entry(const std::vector<std::string>& segments) const {
    const Entry* best = nullptr;
    int best_score = -1;
    for (const Entry& entry : entries_) {
        const int score = match_score(entry.segments, segments);
        if (score > best_score) {
            best = &entry;
            best_score = score;
        }
    }
    return best;
}

Router::Match Router::find(std::string_view method,
                           const std::vector<std::string>& segments) const {
    const Entry* entry = find_entry(segments);
    if (entry == nullptr) return {};
    const std::string_view served = method == "HEAD" ? std::string_view("GET") : method;
    const auto route = std::ranges::find(entry->methods, served, &Route::method);
    if (route == entry->methods.end()) {
        return {.route = nullptr, .params = {}, .allowed = allowed_methods(entry->methods)};
    }
    Match match{.route = &*route, .params = {}, .allowed = {}};
    for (std::size_t i = 0; i < entry->segments.size(); ++i) {
        const std::string& pattern = entry->segments[i];
        if (!is_parameter(pattern)) continue;
        match.params.emplace_back(pattern.substr(1, pattern.size() - 2), segments[i]);
    }
    return match;
}

}  // namespace portcullis::mgmt
