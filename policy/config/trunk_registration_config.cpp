// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/trunk_registration_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<TrunkRegistrationConfig>() {
    using T = TrunkRegistrationConfig;
    static const std::array kFields{
        field<&T::enabled>("enabled", {.doc = "Whether we register at the trunk."}),
        field<&T::registrar>("registrar",
                             {.doc = "Where: the domain that REGISTER names. Default: the address "
                                     "of the first enabled gateway.",
                              .example = "sip:registrar.example.com"}),
        field<&T::outbound_proxy>("outbound_proxy",
                                  {.doc = "Where REGISTER is sent instead of to the registrar.",
                                   .example = "sip:198.18.1.2:5060;transport=tcp"}),
        field<&T::aor>("aor", {.doc = "The address of record. Default: the user of the trunk's "
                                      "authentication, at the registrar.",
                               .example = "sip:4930123@carrier.example.com",
                               .type = &kAorType}),
        field<&T::contact_user>("contact_user",
                                {.doc = "User part of our Contact, to which the trunk sends its "
                                        "calls. Default: the user of the address of record.",
                                 .example = "4930123",
                                 .type = &kSipUserType}),
        field<&T::expires>("expires_s", {.doc = "For how long a registration is asked.",
                                         .unit = "s",
                                         .minimum = 10,
                                         .maximum = 604800}),
        field<&T::retry_min>("retry_min_s",
                             {.doc = "After a first failure it is tried again within this time; "
                                     "twice as long after each further one.",
                              .unit = "s",
                              .minimum = 1,
                              .maximum = 3600}),
        field<&T::retry_max>("retry_max_s",
                             {.doc = "The longest time between two tries; also the time after a "
                                     "refusal that a repetition will not change.",
                              .unit = "s",
                              .minimum = 1,
                              .maximum = 86400}),
        field<&T::gin>("gin", {.doc = "Register all numbers of the trunk at once (RFC 6140)."}),
        field<&T::use_service_route>("use_service_route",
                                     {.doc = "Send requests to the trunk by the Service-Route that "
                                             "its registrar gives (RFC 3608)."}),
    };
    static const ObjectType kType{"trunk registration",
                                  "How we register at a trunk that asks for it.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
