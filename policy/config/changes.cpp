// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/changes.hpp"

#include "policy/config/field.hpp"
#include "policy/config/json_pointer.hpp"

namespace portcullis::config {
namespace {

bool same_values(const Field& row, const void* a, const void* b) {
    const std::size_t count = row.access.size(a);
    if (count != row.access.size(b)) return false;
    for (std::size_t i = 0; i < count; ++i) {
        if (row.access.get(a, i) != row.access.get(b, i)) return false;
    }
    return true;
}

// Settings objects only: no object of a collection has a setting that needs a restart.
void walk(const ObjectType& type, const void* a, const void* b, const Path& path,
          std::vector<std::string>& out) {
    for (const Field& row : type.fields) {
        const Path here = path / row.name;
        if (row.shape == Shape::Object) {
            walk(row.object_type(), row.access.child_const(a, 0), row.access.child_const(b, 0),
                 here, out);
        } else if (row.info.needs_restart && !same_values(row, a, b)) {
            out.push_back(here.text());
        }
    }
}

}  // namespace

std::vector<std::string> restart_changes(const Document& before, const Document& after) {
    std::vector<std::string> out;
    walk(object_type<Document>(), &before, &after, Path(), out);
    return out;
}

}  // namespace portcullis::config
