// SPDX-License-Identifier: BSD-2-Clause
// Crossing: one message on its way from one side to the other: what every transform looks at.
#pragma once

#include "signaling/headers/header_list.hpp"
#include "signaling/headers/message_kind.hpp"
#include "signaling/headers/pass_context.hpp"
#include "signaling/headers/privacy.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::headers {

// Lives for one pass; refers to the message, the context and its rules.
struct Crossing {
    const sip::Message& message;
    const PassContext& context;
    const policy::IdentityRules& from;
    const policy::IdentityRules& to;
    MessageKind kind;
    PrivacyRequest privacy;

    // We are the privacy service towards the receiver (RFC 3323 section 5).
    [[nodiscard]] bool applies_privacy() const {
        return to.privacy == config::PrivacyHandling::Apply;
    }
    [[nodiscard]] bool anonymises_caller() const {
        return applies_privacy() && privacy.hides_caller();
    }
    [[nodiscard]] bool anonymises_history() const {
        return applies_privacy() && privacy.hides_history();
    }
    // RFC 3325 section 7: an asserted identity with "id" leaves the trust domain under no setting.
    [[nodiscard]] bool may_name_caller() const {
        return !anonymises_caller() && (to.trusted || !privacy.id);
    }
};

[[nodiscard]] inline Crossing make_crossing(const sip::Message& message,
                                            const PassContext& context) {
    return {message,
            context,
            context.from_rules(),
            context.to_rules(),
            kind_of(message),
            read_privacy(message)};
}

// Appends the values of header `id` that the receiver gets; nothing if it gets none. Pure.
using Transform = void (*)(const Crossing& crossing, sip::HeaderId id, HeaderList& out);

}  // namespace portcullis::headers
