// SPDX-License-Identifier: BSD-2-Clause
// Reading and writing of any object by its field table: the walks behind the document's reader and
// writer and behind the collections.
#pragma once

#include <string>
#include <string_view>

#include "policy/config/field.hpp"
#include "policy/config/problem.hpp"
#include "policy/config/writer.hpp"

namespace portcullis::config {

// Reads JSON text into `object`, a struct of `type`. Fields that are absent keep what they have;
// pass a default-constructed object to replace one. Appends what is wrong to `problems`, pointers
// relative to the object; values without problems are stored either way.
void read_object_text(const ObjectType& type, void* object, std::string_view json,
                      Problems& problems);

[[nodiscard]] std::string write_object_text(const ObjectType& type, const void* object,
                                            Secrets secrets, Layout layout);
// A list of objects: `list` is a row of shape ObjectList of `owner`.
[[nodiscard]] std::string write_list_text(const Field& list, const void* owner, Secrets secrets,
                                          Layout layout);

}  // namespace portcullis::config
