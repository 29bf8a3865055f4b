// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/document_diff.hpp"

#include <string_view>
#include <unordered_map>

#include "mgmt-api/http/json.hpp"
#include "policy/config/collections.hpp"

namespace portcullis::mgmt {

namespace {

using Kind = ObjectChange::Kind;

using Names = std::vector<std::string>;
using Index = std::unordered_map<std::string_view, std::size_t>;

// Where each name stands; refers to `names`.
Index positions(const Names& names) {
    Index out;
    out.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) out.emplace(names[i], i);
    return out;
}

// What both have stands in the same order.
bool same_order(const Index& before, const Names& after) {
    std::size_t next = 0;
    for (const auto& name : after) {
        const auto found = before.find(name);
        if (found == before.end()) continue;
        if (found->second < next) return false;
        next = found->second;
    }
    return true;
}

std::string names_text(const Names& names) { return print_json(Json(names)); }

void diff_collection(const config::Document& before, const config::Document& after,
                     const config::Collection& collection, std::vector<ObjectChange>& out) {
    const auto old_names = config::list_names(before, collection);
    const auto new_names = config::list_names(after, collection);
    const Index old_index = positions(old_names);
    const Index new_index = positions(new_names);
    const std::string root = "/" + collection.path;
    for (std::size_t j = 0; j < new_names.size(); ++j) {
        const auto old = old_index.find(new_names[j]);
        const bool existed = old != old_index.end();
        if (existed && config::same_object(before, old->second, after, j, collection)) continue;
        out.push_back(
            {.kind = existed ? Kind::Changed : Kind::Added,
             .path = root + "/" + new_names[j],
             .before = existed ? config::read_object_at(before, collection, old->second) : "",
             .after = config::read_object_at(after, collection, j)});
    }
    for (std::size_t i = 0; i < old_names.size(); ++i) {
        if (new_index.contains(old_names[i])) continue;
        out.push_back({.kind = Kind::Removed,
                       .path = root + "/" + old_names[i],
                       .before = config::read_object_at(before, collection, i),
                       .after = ""});
    }
    if (same_order(old_index, new_names)) return;
    out.push_back({.kind = Kind::Reordered,
                   .path = root,
                   .before = names_text(old_names),
                   .after = names_text(new_names)});
}

}  // namespace

std::vector<ObjectChange> diff_documents(const config::Document& before,
                                         const config::Document& after) {
    std::vector<ObjectChange> out;
    for (const auto& collection : config::collections()) {
        diff_collection(before, after, collection, out);
    }
    for (const auto& settings : config::settings()) {
        auto old_text = config::read_settings(before, settings);
        auto new_text = config::read_settings(after, settings);
        if (old_text == new_text) continue;
        out.push_back({.kind = Kind::Changed,
                       .path = "/" + settings.path,
                       .before = std::move(old_text),
                       .after = std::move(new_text)});
    }
    return out;
}

ObjectChanges changes_of(const std::vector<ObjectChange>& changes) {
    ObjectChanges out;
    for (const auto& change : changes) {
        if (change.kind == Kind::Reordered) continue;
        (change.kind == Kind::Removed ? out.erased : out.written).push_back(change.path);
    }
    return out;
}

}  // namespace portcullis::mgmt
