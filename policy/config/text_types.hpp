// SPDX-License-Identifier: BSD-2-Clause
// The kinds of text a field may hold, each with its own check.
#pragma once

#include "policy/config/field.hpp"

namespace portcullis::config {

extern const ValueType kSlugType;       // a name: [a-z0-9][a-z0-9-]{0,62}
extern const ValueType kTextType;       // one line of free text
extern const ValueType kHostType;       // a host name or an address as in a URI (RFC 3261 25.1)
extern const ValueType kDeviceType;     // a kernel network device
extern const ValueType kDialledType;    // digits, letters and + * # . - _ as in a called number
extern const ValueType kPatternType;    // an RE2 pattern
extern const ValueType kRewriteType;    // an RE2 rewrite with \1 ... \9
extern const ValueType kMediaTypeType;  // "application/isup", "application/*", in lower case
extern const ValueType kSipUserType;    // the user part of a SIP URI, without escapes
extern const ValueType kAorType;        // an address of record: sip:user@host (RFC 3261 section 6)

extern const ValueType kPathType;         // an absolute path of a file on the appliance
extern const ValueType kFingerprintType;  // SHA-256 of a certificate: 64 hex digits, maybe colons
extern const ValueType kCiphersType;      // an OpenSSL cipher list

}  // namespace portcullis::config
