// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/challenge_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<ChallengeUserConfig>() {
    using T = ChallengeUserConfig;
    static const std::array kFields{
        field<&T::username>("username", {.doc = "As the trunk's equipment says it in "
                                                "Authorization; not its number.",
                                         .example = "pbx-berlin",
                                         .type = &kTextType,
                                         .required = true}),
        field<&T::password>("password", {.doc = "The password. Reads give a placeholder; sending "
                                                "the placeholder back keeps what is stored.",
                                         .type = &kTextType,
                                         .required = true,
                                         .secret = true}),
    };
    static const ObjectType kType{"challenge user", "Who may speak for a trunk.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<ChallengeConfig>() {
    using T = ChallengeConfig;
    static const std::array kFields{
        field<&T::users>("users", {.doc = "Who may speak for the trunk. With one at least, its "
                                          "requests outside of calls are answered 401 until they "
                                          "carry the credentials of one of them; OPTIONS that "
                                          "only asks whether we are there is not.",
                                   .max_items = 1000}),
        field<&T::auth_realm>("auth_realm",
                              {.doc = "The Digest realm that passwords are for. Default: the "
                                      "domain of the trunk's realm, else the realm's name.",
                               .example = "pbx.example.com",
                               .type = &kTextType}),
        field<&T::algorithms>("algorithms", {.doc = "Digest algorithms that are offered, the "
                                                    "strongest first whatever their order here.",
                                             .example = "sha-256",
                                             .min_items = 1,
                                             .max_items = 3}),
        field<&T::nonce_lifetime>("nonce_lifetime_s",
                                  {.doc = "An answer to a challenge that is older is asked for "
                                          "again, with a new nonce.",
                                   .unit = "s",
                                   .minimum = 10,
                                   .maximum = 86400}),
    };
    static const ObjectType kType{"challenge",
                                  "How requests of a trunk have to show whose they are.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
