// SPDX-License-Identifier: BSD-2-Clause
// call_attributes: what policy is told of a request, by calls and outside of them.
#pragma once

#include <string>

#include "policy/call_attributes.hpp"
#include "policy/compiled_policy.hpp"
#include "signaling/sip/message.hpp"
#include "signaling/transport/flow.hpp"

namespace portcullis::b2bua {

// Where a request came from; refers to what the caller keeps.
struct Origin {
    const transport::Source& source;
    const std::string& realm;
    const std::string& trunk;
    const std::string& calling;
    const sip::Message* request;  // nullptr: of a former process
};

// The number that calls, as the sender's `identity.caller_source` has it: what admission, routes
// and number rules see, and what the record says.
[[nodiscard]] std::string calling_number(const policy::CompiledPolicy& policy,
                                         const sip::Message& request, std::string_view realm,
                                         std::string_view trunk);

[[nodiscard]] policy::CallAttributes attributes_of(const Origin& origin, std::string called);

}  // namespace portcullis::b2bua
