// SPDX-License-Identifier: BSD-2-Clause
// Walk over every field that names another object.
#pragma once

#include <functional>
#include <string>

#include "policy/config/field.hpp"
#include "policy/config/json_pointer.hpp"

namespace portcullis::config {

// `field` is the row with `refers_to`, `target` the name that stands there, `at` where.
using ReferenceSink =
    std::function<void(const Field& field, const std::string& target, const Path& at)>;

// Every non-empty reference within `object`, a struct of `type` found at `path`.
void for_each_reference(const ObjectType& type, const void* object, const Path& path,
                        const ReferenceSink& sink);

}  // namespace portcullis::config
