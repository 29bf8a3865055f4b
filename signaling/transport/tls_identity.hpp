// SPDX-License-Identifier: BSD-2-Clause
// tls_identity: the SIP domains that a certificate stands for, and whether one is the one wanted
// (RFC 5922 section 7).
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::transport {

// Lower-case digits of the SHA-256 over the certificate.
[[nodiscard]] std::string fingerprint_of(const X509& certificate);

// The subject as one line, for people.
[[nodiscard]] std::string subject_of(const X509& certificate);

// RFC 5922 section 7.1: hosts of sip URIs without user part; only where there are none, DNS names;
// only where there is no subjectAltName at all, the last common name. IP addresses come in addition
// (RFC 9525 section 6.2 compares them as such). Names are in lower case without a final dot.
[[nodiscard]] std::vector<std::string> domains_of(const X509& certificate);

// `host`, a name or an address in any spelling, as domains_of() writes it.
[[nodiscard]] std::string normal_domain(std::string_view host);

// RFC 5922 section 7.2: letter by letter without case; a wildcard matches nothing but itself, and
// nobody is called so.
[[nodiscard]] bool has_domain(const std::vector<std::string>& domains, std::string_view wanted);

}  // namespace portcullis::transport
