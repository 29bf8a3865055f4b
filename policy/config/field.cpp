// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/field.hpp"

namespace portcullis::config {

std::string object_name(const ObjectType& type, const void* object) {
    const Field* row = type.find("name");
    if (row == nullptr || row->access.size(object) == 0) return {};
    return std::get<std::string>(row->access.get(object, 0));
}

bool object_enabled(const ObjectType& type, const void* object) {
    const Field* row = type.find("enabled");
    return row == nullptr || std::get<bool>(row->access.get(object, 0));
}

}  // namespace portcullis::config
