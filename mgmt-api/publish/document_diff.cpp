// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/document_diff.hpp"

#include "policy/config/collections.hpp"

namespace portcullis::mgmt {

namespace {

using config::Secrets;
using Kind = ObjectChange::Kind;

void diff_collection(const config::Document& before, const config::Document& after,
                     const config::Collection& collection, std::vector<ObjectChange>& out) {
    const auto text = [&collection](const config::Document& document, const std::string& name,
                                    Secrets secrets) {
        return config::read_object(document, collection, name, secrets).value_or("");
    };
    for (const auto& name : config::list_names(after, collection)) {
        const std::string path = "/" + collection.path + "/" + name;
        const bool existed = config::find_object(before, collection, name).has_value();
        if (existed &&
            text(before, name, Secrets::Include) == text(after, name, Secrets::Include)) {
            continue;
        }
        out.push_back({.kind = existed ? Kind::Changed : Kind::Added,
                       .path = path,
                       .before = existed ? text(before, name, Secrets::Redact) : "",
                       .after = text(after, name, Secrets::Redact)});
    }
    for (const auto& name : config::list_names(before, collection)) {
        if (config::find_object(after, collection, name)) continue;
        out.push_back({.kind = Kind::Removed,
                       .path = "/" + collection.path + "/" + name,
                       .before = text(before, name, Secrets::Redact),
                       .after = ""});
    }
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
        (change.kind == Kind::Removed ? out.erased : out.written).push_back(change.path);
    }
    return out;
}

}  // namespace portcullis::mgmt
