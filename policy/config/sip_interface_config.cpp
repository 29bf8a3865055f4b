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
        field<&T::port>("port", {.doc = "Local port; 5061 is usual for tls, 443 for wss.",
                                 .example = "5060",
                                 .minimum = 1}),
        field<&T::transports>("transports", {.doc = "Transports it listens on and sends by; one of "
                                                    "tcp, tls, ws and wss at most, as they share "
                                                    "the port.",
                                             .example = "udp",
                                             .min_items = 1,
                                             .max_items = 5}),
        field<&T::tls_profile>("tls_profile", {.doc = "Certificate and rules of tls and wss; they "
                                                      "need one.",
                                               .example = "outside",
                                               .refers_to = "tls_profiles",
                                               .type = &kSlugType,
                                               .needs_enabled = true}),
        field<&T::websocket>("websocket", {.doc = "Which clients of ws and wss are let in."}),
        field<&T::keepalive>(
            "keepalive_s",
            {.doc = "Pings on connections we opened (RFC 5626 4.4.1; RFC 6455 5.5.2), so often "
                    "while nothing else is said; without an answer within 10 s the connection is "
                    "closed. 0: none. Peers that do not know them must not be pinged.",
             .unit = "s",
             .minimum = 0,
             .maximum = 3600}),
        field<&T::idle_timeout>(
            "idle_timeout_s",
            {.doc = "A connection is closed after so long without traffic, calls or not; what is "
                    "to be sent later opens another. Pings are traffic.",
             .example = "600",
             .unit = "s",
             .minimum = 5,
             .maximum = 86400}),
    };
    static const ObjectType kType{"sip interface",
                                  "An address and port where SIP is received and sent from.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
