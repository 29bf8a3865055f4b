// SPDX-License-Identifier: BSD-2-Clause
// The caller: whom From, P-Asserted-Identity, P-Preferred-Identity and Remote-Party-ID name, and
// what of it the other side is told (RFC 3325, draft-ietf-sip-privacy-04).
#pragma once

#include <string>
#include <string_view>

#include "signaling/headers/crossing.hpp"
#include "signaling/headers/party.hpp"

namespace portcullis::headers {

// The caller as `from.caller_source` finds him: the number that routing and number rules see. What
// an untrusted sender asserts is not looked at. An anonymous From gives an anonymous party.
[[nodiscard]] Party find_caller(const sip::Message& request, const policy::IdentityRules& from);

// What From says towards the other side.
struct FromParts {
    std::string name;  // display name, not quoted; may be empty
    std::string user;  // not escaped; may be empty
    std::string host;
};

// `calling`: the caller's number after the number rules. "Anonymous" <sip:anonymous@
// anonymous.invalid> where privacy is applied or the caller did so himself (RFC 3323 section 4.1).
[[nodiscard]] FromParts make_from(const sip::Message& request, const PassContext& context,
                                  std::string_view calling);

void pass_asserted_identity(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_preferred_identity(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_remote_party_id(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_privacy(const Crossing& crossing, sip::HeaderId id, HeaderList& out);

}  // namespace portcullis::headers
