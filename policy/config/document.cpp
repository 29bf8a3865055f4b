// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/document.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<Document>() {
    using T = Document;
    static const std::array kFields{
        field<&T::realms>("realms", {.doc = "The sides of the network.", .max_items = 1000}),
        field<&T::sip_interfaces>("sip_interfaces",
                                  {.doc = "Where SIP is received.", .max_items = 1000}),
        field<&T::media_interfaces>("media_interfaces",
                                    {.doc = "Devices of the media relay.", .max_items = 64}),
        field<&T::media_pools>("media_pools",
                               {.doc = "Media addresses and ports.", .max_items = kMaxMediaPools}),
        field<&T::trunks>("trunks", {.doc = "The peers.", .max_items = 10000}),
        field<&T::routes>("routes",
                          {.doc = "Which calls go to which trunks.", .max_items = 1000000}),
        field<&T::number_rules>("number_rules", {.doc = "Changes of numbers.", .max_items = 10000}),
        field<&T::access_lists>("access_lists",
                                {.doc = "Which sources may speak.", .max_items = 1000}),
        field<&T::tls_profiles>("tls_profiles",
                                {.doc = "Certificates and rules of TLS.", .max_items = 1000}),
        field<&T::timers>("timers", {.doc = "SIP timers and limits of calls."}),
        field<&T::relay>("relay", {.doc = "The media relay's process."}),
        field<&T::dns>("dns", {.doc = "How host names are looked up."}),
    };
    static const ObjectType kType{"document", "The configuration of the appliance.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
