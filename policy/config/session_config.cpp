// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/session_config.hpp"

#include "policy/config/field_row.hpp"

namespace portcullis::config {

template <>
const ObjectType& object_type<SessionConfig>() {
    using T = SessionConfig;
    static const std::array kFields{
        field<&T::reliable_provisional>(
            "reliable_provisional",
            {.doc = "Reliable provisional responses (RFC 3262): off, supported, or required of "
                    "calls to it. The other side of a call need not know them."}),
        field<&T::session_timer>(
            "session_timer", {.doc = "Session timers (RFC 4028): off, accepted when it asks for "
                                     "them, or offered. Each side of a call has its own."}),
        field<&T::session_expires>("session_expires_s",
                                   {.doc = "The interval asked for, and the longest agreed to.",
                                    .unit = "s",
                                    .minimum = 90,
                                    .maximum = 86400}),
        field<&T::min_se>("min_se_s", {.doc = "The shortest interval agreed to; a shorter one is "
                                              "answered 422.",
                                       .unit = "s",
                                       .minimum = 90,
                                       .maximum = 86400}),
        field<&T::early_media>(
            "early_media",
            {.doc = "What a caller hears before the answer, of calls to it: the latest of several "
                    "early dialogs, the first for good, or nothing but ringing."}),
        field<&T::refer>("refer", {.doc = "REFER from it within a call: carried out here (local), "
                                          "passed to the other side, or refused."}),
        field<&T::replaces>("replaces",
                            {.doc = "INVITE from it with Replaces: the call is joined here "
                                    "(local), the header is passed on translated, or refused."}),
        field<&T::replaces_scope>(
            "replaces_scope",
            {.doc = "Whose legs its Replaces may name, in an INVITE or in a REFER: those of this "
                    "trunk, of any trunk of its realm, or of any trunk. Others are answered 403."}),
        field<&T::redirect>(
            "redirect", {.doc = "A 3xx from it: followed where its Contact is a trunk or a number "
                                "that routes allow, passed to the caller, or taken as a refusal."}),
        field<&T::pass_in_dialog>("pass_in_dialog",
                                  {.doc = "Requests within a call that pass to the other side.",
                                   .example = "info",
                                   .max_items = 8}),
        field<&T::pass_out_of_dialog>(
            "pass_out_of_dialog",
            {.doc = "Requests outside of calls that it may send, and that routes take further. "
                    "unknown: any method that is not known here.",
             .example = "message",
             .max_items = 8}),
        field<&T::pass_challenges>(
            "pass_challenges",
            {.doc =
                 "A 401 or 407 of it that we have no account for goes to the other side, and the "
                 "credentials of that side to it. Otherwise it is a refusal."}),
        field<&T::pass_body_parts>(
            "pass_body_parts",
            {.doc = "Types of body parts that go with a session description; both trunks of a call "
                    "must list them. Others stay behind, and a call that requires them is refused.",
             .example = "application/isup",
             .max_items = 16,
             .type = &kMediaTypeType}),
    };
    static const ObjectType kType{"session", "How dialogs with a trunk are led.", kFields,
                                  default_object<T>};
    return kType;
}

}  // namespace portcullis::config
