// SPDX-License-Identifier: BSD-2-Clause
// Who refers to whom (collections.hpp), from the rows' `refers_to`.
#include "policy/config/references.hpp"

#include "policy/config/collections.hpp"

namespace portcullis::config {
namespace {

void walk_object(const ObjectType& type, const void* object, const Path& path,
                 const ReferenceSink& sink) {
    for (const Field& row : type.fields) {
        const Path here = path / row.name;
        const std::size_t count = row.access.size(object);
        switch (row.shape) {
            case Shape::Value:
                if (row.info.refers_to.empty() || count == 0) break;
                sink(row, std::get<std::string>(row.access.get(object, 0)), here);
                break;
            case Shape::List:
                if (row.info.refers_to.empty()) break;
                for (std::size_t i = 0; i < count; ++i) {
                    sink(row, std::get<std::string>(row.access.get(object, i)), here / i);
                }
                break;
            case Shape::Object:
            case Shape::ObjectList:
                for (std::size_t i = 0; i < count; ++i) {
                    walk_object(row.object_type(), row.access.child_const(object, i),
                                row.shape == Shape::Object ? here : here / i, sink);
                }
                break;
        }
    }
}

}  // namespace

void for_each_reference(const ObjectType& type, const void* object, const Path& path,
                        const ReferenceSink& sink) {
    walk_object(type, object, path, sink);
}

std::vector<Reference> used_by(const Document& document, std::string_view path,
                               std::string_view name) {
    std::vector<Reference> out;
    const Collection* named = find_collection(path);
    if (named == nullptr) return out;
    const Path root;
    for (const Collection& collection : collections()) {
        const Field& row = *object_type<Document>().find(collection.path);
        const Path section = root / row.name;
        for (std::size_t i = 0; i < row.access.size(&document); ++i) {
            const void* object = row.access.child_const(&document, i);
            for_each_reference(*collection.type, object, section / i,
                               [&](const Field& field, const std::string& target, const Path& at) {
                                   if (field.info.refers_to != named->path || target != name)
                                       return;
                                   out.push_back({"/" + collection.path + "/" +
                                                      object_name(*collection.type, object),
                                                  at.text()});
                               });
        }
    }
    return out;
}

}  // namespace portcullis::config
