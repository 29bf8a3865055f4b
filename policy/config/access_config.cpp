// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/access_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<AccessRuleConfig>() {
    using T = AccessRuleConfig;
    static const std::array kFields{
        description_row<T>(),
        field<&T::source>("source", {.doc = "The prefix it speaks of; the longest one that "
                                            "contains the source decides.",
                                     .example = "198.18.0.0/24",
                                     .required = true}),
        field<&T::action>(
            "action", {.doc = "allow, or deny (silence).", .example = "deny", .required = true}),
    };
    static const ObjectType kType{"access rule", "What sources of a prefix may do.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<AccessListConfig>() {
    using T = AccessListConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::realm>("realm", {.doc = "The realm it guards; one enabled list per realm.",
                                   .example = "peer",
                                   .refers_to = "realms",
                                   .type = &kSlugType,
                                   .required = true,
                                   .needs_enabled = true}),
        field<&T::default_action>(
            "default_action",
            {.doc = "For sources that no rule contains.", .example = "deny", .required = true}),
        field<&T::rules>(
            "rules", {.doc = "Rules by prefix; their order does not matter.", .max_items = 100000}),
    };
    static const ObjectType kType{"access list", "Which sources may speak to a realm.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
