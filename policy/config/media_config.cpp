// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/media_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<MediaInterfaceConfig>() {
    using T = MediaInterfaceConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::device>("device", {.doc = "The kernel's name of the network device.",
                                     .example = "eth0",
                                     .type = &kDeviceType,
                                     .required = true}),
        field<&T::driver>("driver",
                          {.doc = "How the relay reads the device. auto: af_xdp where the kernel "
                                  "and the device offer it, else af_packet."}),
    };
    static const ObjectType kType{"media interface",
                                  "A network device that the media relay drives.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<MediaPoolConfig>() {
    using T = MediaPoolConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::realm>("realm", {.doc = "The realm whose legs take ports from it.",
                                   .example = "core",
                                   .refers_to = "realms",
                                   .type = &kSlugType,
                                   .required = true,
                                   .needs_enabled = true}),
        field<&T::interface>("interface", {.doc = "The media interface that carries the address.",
                                           .example = "core",
                                           .refers_to = "media_interfaces",
                                           .type = &kSlugType,
                                           .required = true,
                                           .needs_enabled = true}),
        field<&T::address>("address", {.doc = "Local address of the media ports.",
                                       .example = "198.18.0.1",
                                       .required = true}),
        field<&T::port_min>(
            "port_min",
            {.doc = "First port.", .example = "20000", .minimum = 1024, .required = true}),
        field<&T::port_max>("port_max", {.doc = "Last port, inclusive.",
                                         .example = "29999",
                                         .minimum = 1024,
                                         .required = true}),
        field<&T::advertised_address>(
            "advertised_address",
            {.doc = "Address put into SDP instead of the local one, behind a 1:1 NAT.",
             .example = "192.0.2.10"}),
    };
    static const ObjectType kType{"media pool",
                                  "An address and port range that media legs of a realm use.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
