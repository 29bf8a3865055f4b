// SPDX-License-Identifier: BSD-2-Clause
// TlsFailure: why a TLS handshake came to nothing, as it is counted.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace portcullis::transport {

enum class TlsFailure : std::uint8_t {
    None,
    TimedOut,       // not complete in time
    Refused,        // too many handshakes at once
    Unavailable,    // no certificate of ours that could be used
    NotTls,         // another protocol, or broken records
    Version,        // no version in common
    Cipher,         // no cipher or protocol name in common
    NoCertificate,  // the peer has to show one and did not
    Untrusted,      // no path to a trust anchor, or too long a chain
    Expired,        // or not yet valid
    WrongName,      // a good certificate, but of somebody else
    WrongPin,       // none of the certificates pinned
    Alert,          // the peer refused us
    Closed,         // the connection ended within the handshake
    Other,
    kCount,
};

inline constexpr std::array<std::string_view, static_cast<std::size_t>(TlsFailure::kCount)>
    kTlsFailureNames{"none",       "timed_out", "refused",        "unavailable", "not_tls",
                     "version",    "cipher",    "no_certificate", "untrusted",   "expired",
                     "wrong_name", "wrong_pin", "alert",          "closed",      "other"};

[[nodiscard]] constexpr std::string_view name_of(TlsFailure failure) {
    return kTlsFailureNames[static_cast<std::size_t>(failure)];
}

}  // namespace portcullis::transport
