// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/trunk_authentication_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<TrunkAuthenticationConfig>() {
    using T = TrunkAuthenticationConfig;
    static const std::array kFields{
        field<&T::username>("username", {.doc = "The user by which the trunk knows us.",
                                         .example = "4930123",
                                         .type = &kTextType}),
        field<&T::auth_realm>("auth_realm",
                              {.doc = "The Digest realm that the password is for: challenges of "
                                      "another are not answered. Default: any that this trunk "
                                      "names.",
                               .example = "carrier.example.com",
                               .type = &kTextType}),
        field<&T::password>("password", {.doc = "The password. Reads give a placeholder; sending "
                                                "the placeholder back keeps what is stored.",
                                         .type = &kTextType,
                                         .secret = true}),
        field<&T::algorithms>("algorithms", {.doc = "Digest algorithms that a challenge may ask.",
                                             .example = "sha-256",
                                             .min_items = 1,
                                             .max_items = 3}),
    };
    static const ObjectType kType{"trunk authentication",
                                  "Our account at a trunk that challenges us.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
