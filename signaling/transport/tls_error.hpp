// SPDX-License-Identifier: BSD-2-Clause
// tls_error: why OpenSSL gave up, for counters and for people.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "signaling/transport/tls_failure.hpp"

namespace portcullis::transport {

struct TlsError {
    TlsFailure failure = TlsFailure::Other;
    std::string reason{};
};

// Of the call that just failed on `ssl`; empties this thread's queue of OpenSSL errors.
[[nodiscard]] TlsError take_tls_error(const SSL& ssl);

}  // namespace portcullis::transport
