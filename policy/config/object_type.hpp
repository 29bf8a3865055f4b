// SPDX-License-Identifier: BSD-2-Clause
// object_type<T>(): the field table of a configuration struct (rows are described in field.hpp).
#pragma once

namespace portcullis::config {

struct ObjectType;

// Specialised for every struct of the document, in the .cpp file that holds its rows.
template <class T>
[[nodiscard]] const ObjectType& object_type();

}  // namespace portcullis::config
