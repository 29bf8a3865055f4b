// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/route_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<RouteMatchConfig>() {
    using T = RouteMatchConfig;
    static const std::array kFields{
        field<&T::realm>("realm", {.doc = "The call comes from this realm.",
                                   .example = "core",
                                   .refers_to = "realms",
                                   .type = &kSlugType}),
        field<&T::trunk>("trunk", {.doc = "The call comes from this trunk.",
                                   .example = "pbx",
                                   .refers_to = "trunks",
                                   .type = &kSlugType}),
        field<&T::called_prefix>(
            "called_prefix",
            {.doc = "The called number begins with it.", .example = "+49", .type = &kDialledType}),
        field<&T::called_pattern>("called_pattern",
                                  {.doc = "The whole called number matches this RE2 pattern.",
                                   .example = "\\+49(\\d{6,})",
                                   .type = &kPatternType}),
        field<&T::calling_pattern>(
            "calling_pattern",
            {.doc = "The whole calling number, as the caller_source of where the call comes from "
                    "has it, matches this RE2 pattern.",
             .example = "\\+4930\\d*",
             .type = &kPatternType}),
    };
    static const ObjectType kType{"route match", "Which calls a route takes. Empty: all.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<RouteConfig>() {
    using T = RouteConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::priority>("priority", {.doc = "Lower ones are looked at first; among equal ones "
                                                "the longest prefix wins, then document order.",
                                         .maximum = 1000000}),
        field<&T::match>("match", {.doc = "Which calls it takes."}),
        field<&T::trunks>("trunks", {.doc = "Trunks to try, in order.",
                                     .example = "carrier",
                                     .min_items = 1,
                                     .max_items = 32,
                                     .refers_to = "trunks",
                                     .type = &kSlugType,
                                     .required = true}),
        field<&T::parallel>("parallel", {.doc = "All gateways of all its trunks are called at "
                                                "once, and the first that answers has the call."}),
        field<&T::number_rules>("number_rules", {.doc = "Changes of the numbers, applied in order.",
                                                 .example = "strip-00",
                                                 .max_items = 32,
                                                 .refers_to = "number_rules",
                                                 .type = &kSlugType}),
    };
    static const ObjectType kType{"route", "Which calls go to which trunks.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
