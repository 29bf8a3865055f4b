// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/trunk_health_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<TrunkHealthConfig>() {
    using T = TrunkHealthConfig;
    static const std::array kFields{
        field<&T::enabled>("enabled", {.doc = "Whether each gateway is asked by OPTIONS, and left "
                                              "out of calls while it is down."}),
        field<&T::interval>("interval_s", {.doc = "Between two OPTIONS to a gateway that is up.",
                                           .unit = "s",
                                           .minimum = 1,
                                           .maximum = 86400}),
        field<&T::max_interval>("max_interval_s",
                                {.doc = "A gateway that stays down is asked ever less often, but "
                                        "never less than this.",
                                 .unit = "s",
                                 .minimum = 1,
                                 .maximum = 86400}),
        field<&T::timeout>("timeout_s", {.doc = "Without a final response for so long, an OPTIONS "
                                                "has failed. Default: 64 times T1.",
                                         .example = "5",
                                         .unit = "s",
                                         .minimum = 1,
                                         .maximum = 32}),
        field<&T::up_after>("up_after", {.doc = "So many successes in a row bring a gateway up.",
                                         .minimum = 1,
                                         .maximum = 100}),
        field<&T::down_after>("down_after",
                              {.doc = "So many failures in a row take a gateway down: OPTIONS, and "
                                      "INVITEs that nothing answered.",
                               .minimum = 1,
                               .maximum = 100}),
        field<&T::failure_codes>("failure_codes",
                                 {.doc = "Responses to OPTIONS that count as failures; every other "
                                         "one shows that the gateway is there.",
                                  .example = "503",
                                  .minimum = 300,
                                  .maximum = 699,
                                  .max_items = 64}),
        field<&T::from_user>(
            "from_user",
            {.doc = "User part of From in OPTIONS.", .example = "monitor", .type = &kSipUserType}),
        field<&T::to_user>("to_user", {.doc = "User part of the Request-URI and To in OPTIONS.",
                                       .example = "monitor",
                                       .type = &kSipUserType}),
        field<&T::max_rest>("max_rest_s",
                            {.doc = "The longest Retry-After of a 503 for which a gateway gets no "
                                    "call, also where health is not enabled. 0: it is ignored.",
                             .unit = "s",
                             .minimum = 0,
                             .maximum = 3600}),
        field<&T::when_all_down>("when_all_down",
                                 {.doc = "What a call gets when no gateway of its route is up: a "
                                         "refusal, or this trunk's gateways anyway."}),
    };
    static const ObjectType kType{"trunk health",
                                  "How it is found out whether a trunk's gateways are there.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
