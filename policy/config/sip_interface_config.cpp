// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/sip_interface_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<SipInterfaceConfig>() {
    using T = SipInterfaceConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::realm>("realm", {.doc = "The realm it serves.",
                                   .example = "core",
                                   .refers_to = "realms",
                                   .type = &kSlugType,
                                   .required = true,
                                   .needs_enabled = true}),
        field<&T::address>("address", {.doc = "Local address, bound and put into Via and Contact.",
                                       .example = "198.18.0.1",
                                       .required = true}),
        field<&T::port>("port", {.doc = "Local port.", .example = "5060", .minimum = 1}),
        field<&T::transports>("transports", {.doc = "Transports it listens on and sends by.",
                                             .example = "udp",
                                             .min_items = 1,
                                             .max_items = 5}),
    };
    static const ObjectType kType{"sip interface",
                                  "An address and port where SIP is received and sent from.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
