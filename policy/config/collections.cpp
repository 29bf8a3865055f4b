// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/collections.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "policy/config/object_io.hpp"

namespace portcullis::config {
namespace {

const Field& row_of(std::string_view path) { return *object_type<Document>().find(path); }

std::vector<Collection> make_collections() {
    std::vector<Collection> out;
    for (const Field& row : object_type<Document>().fields) {
        if (row.shape != Shape::ObjectList) continue;
        const ObjectType& type = row.object_type();
        out.push_back(
            {std::string(row.name), std::string(type.name), std::string(type.doc), &type});
    }
    return out;
}

std::vector<Settings> make_settings() {
    std::vector<Settings> out;
    for (const Field& row : object_type<Document>().fields) {
        if (row.shape != Shape::Object) continue;
        const ObjectType& type = row.object_type();
        out.push_back({std::string(row.name), std::string(type.doc), &type});
    }
    return out;
}

// REST paths have '-' where members of the document have '_'.
bool same_path(std::string_view member, std::string_view path) {
    return std::equal(member.begin(), member.end(), path.begin(), path.end(),
                      [](char m, char p) { return m == p || (m == '_' && p == '-'); });
}

template <class T>
const T* find_path(std::span<const T> rows, std::string_view path) {
    const auto at = std::find_if(rows.begin(), rows.end(),
                                 [path](const T& row) { return same_path(row.path, path); });
    return at == rows.end() ? nullptr : &*at;
}

// `name` where the text left it out; a problem where it says another.
void settle_name(const Field& row, void* object, std::string_view name, Problems& problems) {
    const std::string given = object_name(row.object_type(), object);
    const Field& name_row = *row.object_type().find("name");
    std::erase_if(problems, [&](const Problem& problem) {
        return problem.pointer == "/name" && problem.code == "missing-field";
    });
    if (given.empty()) {
        (void)name_row.access.put(object, Scalar(std::string(name)));
        if (auto error = name_row.value->check(name); error || name.size() > 63) {
            problems.push_back({"/name", "bad-name",
                                error ? error->message : "the name is longer than 63 characters",
                                error ? error->hint : "use a shorter name"});
        }
    } else if (given != name) {
        problems.push_back({"/name", "name-mismatch",
                            "the object is called \"" + text::printable(given) + "\", its path \"" +
                                text::printable(name) + "\"",
                            "leave \"name\" out, or write the same name"});
    }
}

}  // namespace

std::span<const Collection> collections() {
    static const std::vector<Collection> kRows = make_collections();
    return kRows;
}

std::span<const Settings> settings() {
    static const std::vector<Settings> kRows = make_settings();
    return kRows;
}

const Collection* find_collection(std::string_view path) { return find_path(collections(), path); }

const Settings* find_settings(std::string_view path) { return find_path(settings(), path); }

std::vector<std::string> list_names(const Document& document, const Collection& collection) {
    const Field& row = row_of(collection.path);
    std::vector<std::string> out;
    out.reserve(row.access.size(&document));
    for (std::size_t i = 0; i < row.access.size(&document); ++i) {
        out.push_back(object_name(*collection.type, row.access.child_const(&document, i)));
    }
    return out;
}

std::optional<std::size_t> find_object(const Document& document, const Collection& collection,
                                       std::string_view name) {
    const Field& row = row_of(collection.path);
    for (std::size_t i = 0; i < row.access.size(&document); ++i) {
        if (object_name(*collection.type, row.access.child_const(&document, i)) == name) return i;
    }
    return std::nullopt;
}

bool same_object(const Document& a, std::size_t i, const Document& b, std::size_t j,
                 const Collection& collection) {
    return row_of(collection.path).access.same(&a, i, &b, j);
}

std::optional<std::string> read_object(const Document& document, const Collection& collection,
                                       std::string_view name, Secrets secrets) {
    const auto index = find_object(document, collection, name);
    if (!index) return std::nullopt;
    return read_object_at(document, collection, *index, secrets);
}

std::string read_object_at(const Document& document, const Collection& collection,
                           std::size_t index, Secrets secrets) {
    return write_object_text(*collection.type,
                             row_of(collection.path).access.child_const(&document, index), secrets,
                             Layout::Compact);
}

std::string read_collection(const Document& document, const Collection& collection,
                            Secrets secrets) {
    return write_list_text(row_of(collection.path), &document, secrets, Layout::Compact);
}

std::expected<bool, Problems> put_object(Document& document, const Collection& collection,
                                         std::string_view name, std::string_view json) {
    const Field& row = row_of(collection.path);
    const auto existing = find_object(document, collection, name);
    const std::size_t last = row.access.size(&document);
    void* object = row.access.append(&document);
    Problems problems;
    read_object_text(*collection.type, object, json, problems);
    const bool is_object = problems.empty() || !problems.front().pointer.empty();
    if (is_object) settle_name(row, object, name, problems);
    if (!problems.empty()) {
        row.access.erase(&document, last);
        return std::unexpected(std::move(problems));
    }
    if (existing) row.access.move_last_to(&document, *existing);
    return !existing.has_value();
}

bool erase_object(Document& document, const Collection& collection, std::string_view name) {
    const auto index = find_object(document, collection, name);
    if (index) row_of(collection.path).access.erase(&document, *index);
    return index.has_value();
}

std::string read_settings(const Document& document, const Settings& which) {
    return write_object_text(*which.type, row_of(which.path).access.child_const(&document, 0),
                             Secrets::Redact, Layout::Compact);
}

std::expected<void, Problems> put_settings(Document& document, const Settings& which,
                                           std::string_view json) {
    // Read into a document of its own: a refused text changes nothing.
    Document fresh;
    const Field& row = row_of(which.path);
    Problems problems;
    read_object_text(*which.type, row.access.child(&fresh, 0), json, problems);
    if (!problems.empty()) return std::unexpected(std::move(problems));
    row.access.assign(&document, &fresh);
    return {};
}

std::optional<std::string> object_pointer(const Document& document, const Collection& collection,
                                          std::string_view name) {
    const auto index = find_object(document, collection, name);
    if (!index) return std::nullopt;
    return "/" + collection.path + "/" + std::to_string(*index);
}

}  // namespace portcullis::config
