// SPDX-License-Identifier: BSD-2-Clause
// Error codes of locating servers.
#pragma once

#include <system_error>

namespace portcullis::locate {

enum class Errc {
    BadHost = 1,           // neither a host name nor an address
    NoSuchName,            // the domain does not exist
    NoServers,             // the domain exists, but has no address for SIP
    NotOffered,            // its SRV records say that it has no SIP service (RFC 2782, target ".")
    NoSupportedTransport,  // it is reached by transports that we do not have
    UnusableAddress,       // all its addresses are ones that must never be sent to
    TimedOut,              // no name server answered in time
    ServerFailure,         // name servers answered with an error, or are not there
    BadReply,              // a reply that is no DNS message
    Busy,                  // too many look-ups at once
};

[[nodiscard]] std::error_code make_error_code(Errc code);

}  // namespace portcullis::locate

template <>
struct std::is_error_code_enum<portcullis::locate::Errc> : std::true_type {};
