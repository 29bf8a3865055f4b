// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/writer.hpp"

#include <nlohmann/json.hpp>

#include "policy/config/object_io.hpp"

namespace portcullis::config {
namespace {

using Json = nlohmann::ordered_json;

Json scalar_json(const Scalar& value) {
    return std::visit([](const auto& v) { return Json(v); }, value);
}

Json object_json(const ObjectType& type, const void* object, Secrets secrets);

Json list_json(const Field& row, const void* object, Secrets secrets) {
    Json list = Json::array();
    for (std::size_t i = 0; i < row.access.size(object); ++i) {
        if (row.shape == Shape::List) {
            list.push_back(scalar_json(row.access.get(object, i)));
        } else {
            list.push_back(
                object_json(row.object_type(), row.access.child_const(object, i), secrets));
        }
    }
    return list;
}

Json object_json(const ObjectType& type, const void* object, Secrets secrets) {
    Json out = Json::object();
    for (const Field& row : type.fields) {
        const std::string name(row.name);
        switch (row.shape) {
            case Shape::Value:
                if (row.access.size(object) == 0) break;
                out[name] = row.info.secret && secrets == Secrets::Redact
                                ? Json{{"$secret", name}}
                                : scalar_json(row.access.get(object, 0));
                break;
            case Shape::List:
            case Shape::ObjectList:
                out[name] = list_json(row, object, secrets);
                break;
            case Shape::Object:
                out[name] =
                    object_json(row.object_type(), row.access.child_const(object, 0), secrets);
                break;
        }
    }
    return out;
}

// Values came from valid UTF-8; one set by a program that is not must not throw here.
std::string print(const Json& json, Layout layout) {
    constexpr auto kReplace = Json::error_handler_t::replace;
    if (layout == Layout::Compact) return json.dump(-1, ' ', false, kReplace);
    return json.dump(2, ' ', false, kReplace) + "\n";
}

}  // namespace

std::string write_object_text(const ObjectType& type, const void* object, Secrets secrets,
                              Layout layout) {
    return print(object_json(type, object, secrets), layout);
}

std::string write_list_text(const Field& list, const void* owner, Secrets secrets, Layout layout) {
    return print(list_json(list, owner, secrets), layout);
}

std::string write_document(const Document& document, Secrets secrets, Layout layout) {
    return write_object_text(object_type<Document>(), &document, secrets, layout);
}

}  // namespace portcullis::config
