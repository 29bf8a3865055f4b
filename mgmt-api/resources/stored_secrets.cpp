// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/stored_secrets.hpp"

#include "mgmt-api/resources/resource_util.hpp"
#include "policy/config/writer.hpp"

namespace portcullis::mgmt {

namespace {

// What is stored, as clients read it and as it is; both of one form.
struct Stored {
    const Json& shown;
    const Json& full;
};

bool is_placeholder(const Json& value) {
    return value.is_object() && value.size() == 1 && value.contains("$secret");
}

std::optional<std::size_t> find_named(const Json& list, const Json& item) {
    if (!item.is_object()) return std::nullopt;
    for (const char* const name : {"name", "username"}) {
        if (!item.contains(name)) continue;
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (list[i].is_object() && list[i].value(name, Json()) == item[name]) return i;
        }
    }
    return std::nullopt;
}

void keep(Json& body, const Stored& stored) {
    if (is_placeholder(body)) {
        if (body == stored.shown) body = stored.full;
    } else if (body.is_object() && stored.full.is_object()) {
        for (auto& [name, value] : body.items()) {
            if (!stored.full.contains(name)) continue;
            keep(value, {stored.shown.at(name), stored.full.at(name)});
        }
    } else if (body.is_array() && stored.full.is_array()) {
        for (auto& item : body) {
            const auto at = find_named(stored.full, item);
            if (at) keep(item, {stored.shown[*at], stored.full[*at]});
        }
    }
}

}  // namespace

void keep_secrets(Json& body, const config::Document& stored) {
    const Json shown = own_json(config::write_document(stored));
    const Json full = own_json(config::write_document(stored, config::Secrets::Include));
    keep(body, {shown, full});
}

}  // namespace portcullis::mgmt
