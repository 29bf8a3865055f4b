// SPDX-License-Identifier: BSD-2-Clause
// TlsPeer: what a peer's verified certificate says it is (RFC 5922 section 7.1).
#pragma once

#include <string>
#include <vector>

namespace portcullis::transport {

// Made once per handshake, shared by the Sources of the connection. Only of a peer whose
// certificate was verified.
struct TlsPeer {
    // SIP domains in lower case as RFC 5922 section 7.1 finds them, IP addresses in canonical text,
    // and the SHA-256 fingerprint in lower-case digits: what policy compares. Never empty.
    std::vector<std::string> identities;
    std::string fingerprint;
    std::string subject;  // for people

    bool operator==(const TlsPeer&) const = default;
};

}  // namespace portcullis::transport
