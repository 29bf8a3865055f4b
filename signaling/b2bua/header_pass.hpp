// SPDX-License-Identifier: BSD-2-Clause
// header_pass: the pass-list. Which header fields cross from one leg to the other, and in what form
// (RFC 5853 section 3.1). What is not listed here does not cross, known or unknown.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "signaling/sip/message.hpp"

namespace portcullis::b2bua {

struct PassContext {
    bool from_trusted = false;  // realm the message came from
    bool to_trusted = false;    // realm it goes to
    std::string domain;         // replaces the host of every URI that crosses
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// The fields of `message` that go on, rewritten. Identity (P-Asserted-Identity, Diversion) crosses
// only out of a trusted realm (RFC 3325 section 5), and P-Asserted-Identity with "Privacy: id" only
// into one (section 7).
[[nodiscard]] HeaderList passed_headers(const sip::Message& message, const PassContext& context);

// Why a dialog ends, for CANCEL and BYE (RFC 3326): protocol and cause, never the free text.
[[nodiscard]] HeaderList passed_reason(const sip::Message& message);

// `value` (a name-addr) with `domain` as its host and without any parameter but those named in
// `keep`, whose values must be tokens. Empty when the value is no SIP or tel URI.
[[nodiscard]] std::string rehost(std::string_view value, std::string_view domain,
                                 const std::vector<std::string_view>& keep = {});

}  // namespace portcullis::b2bua
