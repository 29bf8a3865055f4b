// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/realm_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<RealmConfig>() {
    static const std::array kFields{
        name_row<RealmConfig>(),
        description_row<RealmConfig>(),
        enabled_row<RealmConfig>(),
        field<&RealmConfig::trust>(
            "trust", {.doc = "Whether the peers of this side are ours (trusted) or others'.",
                      .example = "trusted"}),
        field<&RealmConfig::domain>(
            "domain", {.doc = "Host put into URIs towards this realm. Default: the address of the "
                              "interface used.",
                       .example = "sip.example.com",
                       .type = &kHostType}),
        field<&RealmConfig::latching>(
            "latching", {.doc = "Which media sources are accepted (RFC 7362): strict: address and "
                                "port of the SDP; sdp-address: address of the SDP, first port "
                                "seen; signaling-address: address the SIP message came from, "
                                "first port seen; any: first source seen."}),
        field<&RealmConfig::behind_nat>(
            "behind_nat", {.doc = "Whether peers stand behind NAT. auto: seen from each request."}),
        field<&RealmConfig::unknown_source>(
            "unknown_source",
            {.doc = "What a request of no trunk gets: reject (403) or drop (silence). Default: "
                    "reject in a trusted realm, drop in an untrusted one."}),
        field<&RealmConfig::single_early_dialog>(
            "single_early_dialog", {.doc = "Show callers one early dialog only, for those that "
                                           "mishandle forked responses."}),
        field<&RealmConfig::identity>(
            "identity", {.doc = "Identity, diversion and related header fields of this side."}),
    };
    static const ObjectType kType{
        "realm", "One side of the network: how far it is trusted and how it is addressed.", kFields,
        default_object<RealmConfig>};
    return kType;
}

}  // namespace portcullis::config
