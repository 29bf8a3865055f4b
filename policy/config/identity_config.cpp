// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/identity_config.hpp"

#include <array>

#include "policy/config/field_row.hpp"
#include "policy/config/header_names.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<PassHeadersConfig>() {
    using T = PassHeadersConfig;
    static const std::array kFields{
        field<&T::from>("from", {.doc = "The realm they must come from. Default: any.",
                                 .example = "core",
                                 .refers_to = "realms",
                                 .type = &kSlugType}),
        field<&T::names>("names", {.doc = "Header fields that pass to this side with their values "
                                          "unchanged, hosts in them included.",
                                   .example = "X-Account",
                                   .min_items = 1,
                                   .max_items = 64,
                                   .type = &kPassHeaderType,
                                   .required = true}),
    };
    static const ObjectType kType{"pass headers", "Header fields let through by name.", kFields,
                                  default_object<T>};
    return kType;
}

template <>
const ObjectType& object_type<IdentityConfig>() {
    using T = IdentityConfig;
    static const std::array kFields{
        field<&T::trust>(
            "trust", {.doc = "Whether identities asserted by this side are believed and ours may "
                             "be told to it (RFC 3325). Default: the realm's trust.",
                      .example = "trusted"}),
        field<&T::caller_source>(
            "caller_source",
            {.doc = "Where the caller's number is taken from, the first that is there, From in "
                    "the end. Default: from.",
             .example = "asserted",
             .max_items = 4}),
        field<&T::asserted_identity>(
            "asserted_identity",
            {.doc = "P-Asserted-Identity towards this side. pass: when a trusted sender named the "
                    "caller, in that header or in Remote-Party-ID; make: also from the caller's "
                    "number. Default: pass to a trusted side, else drop.",
             .example = "pass"}),
        field<&T::preferred_identity>(
            "preferred_identity",
            {.doc = "P-Preferred-Identity towards this side, for providers that see us as a user "
                    "agent; as asserted_identity. Default: drop."}),
        field<&T::remote_party_id>(
            "remote_party_id",
            {.doc = "Remote-Party-ID towards this side, for peers that do not read "
                    "P-Asserted-Identity; as asserted_identity. Default: drop."}),
        field<&T::privacy>(
            "privacy",
            {.doc = "apply: what the caller asked for (RFC 3323) is done before this side is told "
                    "anything, and Privacy is removed; pass: Privacy is passed on with the "
                    "identities it speaks of. Default: pass to a trusted side, else apply."}),
        field<&T::signature>(
            "signature",
            {.doc = "Identity (RFC 8224) and Date towards this side, as long as the numbers it "
                    "signs are sent unchanged. Default: pass to a trusted side, else drop."}),
        field<&T::redirection>(
            "redirection",
            {.doc = "The form in which diversions are told to this side: diversion (RFC 5806), "
                    "history-info (RFC 7044), both, or pass: the form they came in; one is made "
                    "of the other by RFC 7544. Default: pass to a trusted side, else drop.",
             .example = "history-info"}),
        field<&T::referred_by>("referred_by",
                               {.doc = "Referred-By (RFC 3892) with our host towards this side. "
                                       "Default: pass to a trusted side, else drop."}),
        field<&T::user_to_user>(
            "user_to_user",
            {.doc = "User-to-User (RFC 7433) towards this side, from any sender. Default: drop."}),
        field<&T::user_to_user_max>(
            "user_to_user_max",
            {.doc = "Longer User-to-User data is dropped. Default: 128, what ISDN carries.",
             .example = "128",
             .unit = "bytes",
             .minimum = 1,
             .maximum = 2048}),
        field<&T::reason>(
            "reason", {.doc = "Reason (RFC 3326) towards this side. cause: SIP and Q.850 causes; "
                              "text: with the sender's words. Default: cause."}),
        field<&T::geolocation>(
            "geolocation",
            {.doc = "Geolocation, Geolocation-Routing and Geolocation-Error (RFC 6442) towards "
                    "this side. Default: pass to a trusted side, else drop."}),
        field<&T::resource_priority>(
            "resource_priority",
            {.doc = "Resource-Priority and Accept-Resource-Priority (RFC 4412) towards this side. "
                    "Default: pass to a trusted side, else drop."}),
        field<&T::charging>("charging",
                            {.doc = "P-Charging-Vector and P-Charging-Function-Addresses (RFC "
                                    "7315) towards this side. Default: drop."}),
        field<&T::access_network>(
            "access_network",
            {.doc = "P-Access-Network-Info (RFC 7315) towards this side. Default: drop."}),
        field<&T::early_media>(
            "early_media", {.doc = "P-Early-Media (RFC 5009) towards this side. Default: pass to a "
                                   "trusted side, else drop."}),
        field<&T::alert_info>(
            "alert_info",
            {.doc = "Alert-Info towards this side. hide: only urn:alert values (RFC 7462) and SIP "
                    "URIs with our host; pass: any URI. Default: hide."}),
        field<&T::call_info>(
            "call_info", {.doc = "Call-Info towards this side; as alert_info. Default: hide to a "
                                 "trusted side, else drop."}),
        field<&T::answer_mode>(
            "answer_mode", {.doc = "Answer-Mode and Priv-Answer-Mode (RFC 5373) towards this side. "
                                   "Default: pass to a trusted side, else drop."}),
        field<&T::caller_preferences>(
            "caller_preferences",
            {.doc = "Accept-Contact, Reject-Contact and Request-Disposition (RFC 3841) towards "
                    "this side. Default: pass to a trusted side, else drop."}),
        field<&T::session_id>(
            "session_id",
            {.doc = "Session-ID (RFC 7989) towards this side. regenerate: identifiers of our own, "
                    "so that the two sides cannot compare theirs. Default: pass."}),
        field<&T::software>("software",
                            {.doc = "User-Agent and Server towards this side; a peer's own never "
                                    "passes. Default: none."}),
        field<&T::pass_headers>(
            "pass_headers",
            {.doc = "Further header fields that pass to this side by name; all others are "
                    "dropped. A trunk's come on top of its realm's.",
             .max_items = 64}),
    };
    static const ObjectType kType{"identity",
                                  "Which identity and related header fields a side is told.",
                                  kFields, default_object<T>};
    return kType;
}

}  // namespace portcullis::config
