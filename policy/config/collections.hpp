// SPDX-License-Identifier: BSD-2-Clause
// The document as named collections and settings of JSON objects: what a REST resource, a command
// line or a diff needs, without knowing any struct.
//
//   for (const auto& c : collections()) router.mount("/api/v1/" + c.path, c);
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/config/document.hpp"
#include "policy/config/problem.hpp"
#include "policy/config/writer.hpp"

namespace portcullis::config {

// One array of named objects of the document.
struct Collection {
    std::string path;  // member of the document: "sip_interfaces"
    std::string kind;  // one of them: "sip interface"
    std::string doc;
    const ObjectType* type = nullptr;
};

// In document order.
[[nodiscard]] std::span<const Collection> collections();
// By document member ("sip_interfaces") or REST path ("sip-interfaces"); nullptr if there is none.
[[nodiscard]] const Collection* find_collection(std::string_view path);

[[nodiscard]] std::vector<std::string> list_names(const Document&, const Collection&);
// The index of the object in its array.
[[nodiscard]] std::optional<std::size_t> find_object(const Document&, const Collection&,
                                                     std::string_view name);
// Whether object `i` of one document is object `j` of another, secrets included.
[[nodiscard]] bool same_object(const Document& a, std::size_t i, const Document& b, std::size_t j,
                               const Collection&);
// The object, or the whole array, as JSON text.
[[nodiscard]] std::optional<std::string> read_object(const Document&, const Collection&,
                                                     std::string_view name,
                                                     Secrets secrets = Secrets::Redact);
[[nodiscard]] std::string read_object_at(const Document&, const Collection&, std::size_t index,
                                         Secrets secrets = Secrets::Redact);
[[nodiscard]] std::string read_collection(const Document&, const Collection&,
                                          Secrets secrets = Secrets::Redact);

// Creates (at the end) or replaces (in place) the object `name` from JSON text. The body may leave
// out "name"; another name than `name` is a problem. Reads fields strictly, pointers relative to
// the object; the caller then runs validate() on the document. True: created.
[[nodiscard]] std::expected<bool, Problems> put_object(Document&, const Collection&,
                                                       std::string_view name,
                                                       std::string_view json);
// False if there is no such object. The caller asks used_by() first.
bool erase_object(Document&, const Collection&, std::string_view name);

// A single settings object of the document: "timers", "relay".
struct Settings {
    std::string path;
    std::string doc;
    const ObjectType* type = nullptr;
};

[[nodiscard]] std::span<const Settings> settings();
[[nodiscard]] const Settings* find_settings(std::string_view path);
[[nodiscard]] std::string read_settings(const Document&, const Settings&);
[[nodiscard]] std::expected<void, Problems> put_settings(Document&, const Settings&,
                                                         std::string_view json);

// Who refers to an object: which object, and the field that names it.
struct Reference {
    std::string path;     // "/trunks/carrier": collection and name
    std::string pointer;  // "/trunks/1/realm": JSON pointer into the document
};

// Every reference to object `name` of the collection `path` ("trunks"), in document order.
[[nodiscard]] std::vector<Reference> used_by(const Document&, std::string_view path,
                                             std::string_view name);

// The JSON pointer of an object, "/trunks/1", to make validate()'s pointers relative to it.
[[nodiscard]] std::optional<std::string> object_pointer(const Document&, const Collection&,
                                                        std::string_view name);

}  // namespace portcullis::config
