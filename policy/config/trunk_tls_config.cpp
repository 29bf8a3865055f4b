// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/trunk_tls_config.hpp"

#include <array>

#include "common/base/text.hpp"
#include "policy/config/field_row.hpp"

namespace portcullis::config {

std::string normal_fingerprint(std::string_view text) {
    std::string digits = text::to_lower(text);
    std::erase(digits, ':');
    return digits;
}

template <>
const ObjectType& object_type<TrunkTlsConfig>() {
    using T = TrunkTlsConfig;
    static const std::array kFields{
        field<&T::profile>("profile", {.doc = "Profile of connections to its gateways, with our "
                                              "client certificate. Default: the profile of the "
                                              "sip interface they start from.",
                                       .example = "carrier-client",
                                       .refers_to = "tls_profiles",
                                       .type = &kSlugType,
                                       .needs_enabled = true}),
        field<&T::ca_file>("ca_file",
                           {.doc = "PEM file on the appliance: the only issuers believed "
                                   "for this trunk, instead of the profile's.",
                            .example = "/etc/portcullis/tls/carrier-ca.pem",
                            .type = &kPathType}),
        field<&T::fingerprints>("fingerprints",
                                {.doc = "SHA-256 fingerprints of the gateways' certificates. With "
                                        "any, no other certificate is accepted, whoever issued it, "
                                        "and neither issuer nor names are asked for.",
                                 .example = "4f:53:...",
                                 .max_items = 64,
                                 .type = &kFingerprintType}),
        field<&T::names>("names", {.doc = "Names of which the gateways' certificates must hold one "
                                          "(RFC 5922; no wildcards). Default: the gateway's host.",
                                   .example = "sip.carrier.example.com",
                                   .max_items = 64,
                                   .type = &kHostType}),
    };
    static const ObjectType kType{"trunk TLS",
                                  "How its gateways are connected to, and how they prove "
                                  "themselves.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
