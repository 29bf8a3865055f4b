// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/number_rule_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<NumberRuleConfig>() {
    using T = NumberRuleConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::target>("target", {.doc = "Which number it changes.", .example = "called"}),
        field<&T::pattern>("pattern", {.doc = "RE2 on the whole number; the rule applies only "
                                              "where it matches. Default: always.",
                                       .example = "00(\\d+)",
                                       .type = &kPatternType}),
        field<&T::strip>(
            "strip", {.doc = "Characters removed from the front.", .example = "2", .maximum = 64}),
        field<&T::prepend>(
            "prepend",
            {.doc = "Put in front, after stripping.", .example = "+", .type = &kDialledType}),
        field<&T::replace>("replace", {.doc = "RE2 rewrite of the whole number, with groups of "
                                              "the pattern; instead of strip and prepend.",
                                       .example = "+\\1",
                                       .type = &kRewriteType}),
    };
    static const ObjectType kType{"number rule", "A change of the called or calling number.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
