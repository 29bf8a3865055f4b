// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/trunk_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<GatewayConfig>() {
    using T = GatewayConfig;
    static const std::array kFields{
        field<&T::name>("name", {.doc = "Name in records and figures. Default: the URI.",
                                 .example = "gw1",
                                 .type = &kSlugType}),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::uri>("uri", {.doc = "Where it is. An address: port 5060 and transport udp unless "
                                      "given. A host name: located by DNS (RFC 3263), with the "
                                      "port and transport that are given.",
                               .example = "sip:198.18.0.2:5060;transport=udp",
                               .required = true}),
        field<&T::priority>("priority", {.doc = "Lower ones are tried first."}),
        field<&T::weight>(
            "weight",
            {.doc = "Share of the calls among gateways of the same priority.", .minimum = 1}),
    };
    static const ObjectType kType{"gateway", "One address of a trunk that calls are sent to.",
                                  kFields, default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<TrunkMatchConfig>() {
    using T = TrunkMatchConfig;
    static const std::array kFields{
        field<&T::sources>("sources", {.doc = "Prefixes its requests come from, besides the "
                                              "addresses of its gateways.",
                                       .example = "198.18.0.2"}),
        field<&T::host>("host", {.doc = "Host of the Request-URI or of From that tells trunks of "
                                        "one source apart.",
                                 .example = "customer-a.example.com",
                                 .type = &kHostType}),
        field<&T::tls_names>("tls_names",
                             {.doc = "Names of client certificates (RFC 5922) its requests come "
                                     "with. A trunk with these or tls_fingerprints is recognised "
                                     "by certificate only, from whatever address.",
                              .example = "pbx.customer-a.example.com",
                              .max_items = 64,
                              .type = &kHostType}),
        field<&T::tls_fingerprints>("tls_fingerprints",
                                    {.doc = "SHA-256 fingerprints of such certificates.",
                                     .example = "4f:53:...",
                                     .max_items = 64,
                                     .type = &kFingerprintType}),
    };
    static const ObjectType kType{"trunk match", "How requests of a trunk are recognised.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<CapacityConfig>() {
    using T = CapacityConfig;
    static const std::array kFields{
        field<&T::max_calls>("max_calls",
                             {.doc = "Calls at once, both directions together. 0: unlimited.",
                              .example = "100",
                              .maximum = 1000000}),
        field<&T::max_cps>("max_cps",
                           {.doc = "New calls a second, both directions together. 0: unlimited.",
                            .example = "10",
                            .unit = "calls/s",
                            .maximum = 100000}),
        field<&T::burst>("burst", {.doc = "Calls admitted at once before the rate holds. 0: as "
                                          "max_cps.",
                                   .maximum = 100000}),
        field<&T::reject_code>("reject_code", {.doc = "Response to a call over the limit: 486 or "
                                                      "503.",
                                               .minimum = 486,
                                               .maximum = 503}),
        field<&T::retry_after>("retry_after_s", {.doc = "Retry-After of that response. 0: none.",
                                                 .unit = "s",
                                                 .minimum = 0,
                                                 .maximum = 3600}),
    };
    static const ObjectType kType{"capacity", "How many calls a trunk may have.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<TrunkTimerConfig>() {
    using T = TrunkTimerConfig;
    static const std::array kFields{
        field<&T::attempt_timeout>("attempt_timeout_s",
                                   {.doc = "Instead of the global one: without a provisional "
                                           "response for so long, the next target is tried.",
                                    .unit = "s",
                                    .minimum = 1,
                                    .maximum = 60}),
        field<&T::ring_timeout>("ring_timeout_s",
                                {.doc = "Instead of the global one: from the first provisional "
                                        "response to the answer.",
                                 .unit = "s",
                                 .minimum = 5,
                                 .maximum = 3600}),
    };
    static const ObjectType kType{"trunk timers", "Timers of calls to this trunk.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<TrunkConfig>() {
    using T = TrunkConfig;
    static const std::array kFields{
        name_row<T>(),
        description_row<T>(),
        enabled_row<T>(),
        field<&T::realm>("realm", {.doc = "The realm it is reached through.",
                                   .example = "peer",
                                   .refers_to = "realms",
                                   .type = &kSlugType,
                                   .required = true,
                                   .needs_enabled = true}),
        field<&T::gateways>("gateways", {.doc = "Where calls to it are sent. None: it only calls.",
                                         .max_items = 64}),
        field<&T::match>("match", {.doc = "How requests from it are recognised."}),
        field<&T::capacity>("capacity", {.doc = "How many calls it may have."}),
        field<&T::latching>("latching", {.doc = "Instead of the realm's."}),
        field<&T::behind_nat>("behind_nat", {.doc = "Instead of the realm's."}),
        field<&T::failover_codes>(
            "failover_codes",
            {.doc = "Final responses that move a call to the next target. Timeouts and transport "
                    "failures always do; 486 and 6xx never may.",
             .example = "503",
             .minimum = 300,
             .maximum = 699,
             .max_items = 64}),
        field<&T::timers>("timers", {.doc = "Timers of calls to it."}),
        field<&T::session>("session", {.doc = "How dialogs with it are led."}),
        field<&T::identity>("identity", {.doc = "Instead of the realm's, setting by setting."}),
        field<&T::health>("health", {.doc = "How it is found out whether its gateways are there."}),
        field<&T::registration>("registration", {.doc = "How we register at it."}),
        field<&T::authentication>("authentication", {.doc = "Our account at it."}),
        field<&T::challenge>("challenge", {.doc = "How it has to show that it is itself."}),
        field<&T::tls>("tls", {.doc = "How its gateways are connected to over TLS."}),
    };
    static const ObjectType kType{"trunk",
                                  "A peer: its gateways, how it is recognised and what it may use.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
