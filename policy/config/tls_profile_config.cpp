// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/tls_profile_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<TlsProfileConfig>() {
    using T = TlsProfileConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::certificate_file>(
            "certificate_file",
            {.doc = "PEM file on the appliance: our certificate, then its issuers. Read again when "
                    "it changes: new connections show the new certificate, those that stand stay. "
                    "Without one the profile can only connect, and shows no certificate.",
             .example = "/etc/portcullis/tls/sip.pem",
             .type = &kPathType}),
        field<&T::private_key_file>("private_key_file",
                                    {.doc = "PEM file on the appliance: the certificate's private "
                                            "key, without passphrase.",
                                     .example = "/etc/portcullis/tls/sip.key",
                                     .type = &kPathType}),
        field<&T::ca_file>("ca_file", {.doc = "PEM file on the appliance: the issuers whose "
                                              "certificates are believed. Default: those of the "
                                              "system, for servers; clients need a file.",
                                       .example = "/etc/portcullis/tls/ca.pem",
                                       .type = &kPathType}),
        field<&T::verify_client>(
            "verify_client",
            {.doc = "Certificates of who connects to us: none is asked for; optional: a good one "
                    "or none; required: a good one (mutual TLS)."}),
        field<&T::verify_server>(
            "verify_server",
            {.doc = "Check the certificate of whom we connect to: its issuer, its dates and that "
                    "it names the peer (RFC 5922). WARNING: false lets anyone on the way read and "
                    "change calls; for tests only."}),
        field<&T::minimum_version>("minimum_version", {.doc = "The oldest TLS version spoken."}),
        field<&T::ciphers>("ciphers", {.doc = "Ciphers of TLS 1.2, an OpenSSL cipher list. "
                                              "Default: forward-secret AEAD ciphers.",
                                       .example = "ECDHE+AESGCM:ECDHE+CHACHA20",
                                       .type = &kCiphersType}),
        field<&T::ciphersuites>("ciphersuites", {.doc = "Cipher suites of TLS 1.3. Default: "
                                                        "OpenSSL's.",
                                                 .example = "TLS_AES_256_GCM_SHA384",
                                                 .type = &kCiphersType}),
        field<&T::alpn>("alpn", {.doc = "Offer and accept the protocol name sip (RFC 7301); a "
                                        "client that offers other names only is refused."}),
        field<&T::session_resumption>(
            "session_resumption",
            {.doc = "Let clients resume sessions: cheaper handshakes; a resumed one is not asked "
                    "for its certificate again."}),
    };
    static const ObjectType kType{"tls profile",
                                  "The certificate we show in TLS and what we ask of peers.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
