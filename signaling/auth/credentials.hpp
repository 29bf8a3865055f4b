// SPDX-License-Identifier: BSD-2-Clause
// Credentials: what Authorization and Proxy-Authorization say (RFC 7616 section 3.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "signaling/auth/digest.hpp"

namespace portcullis::auth {

struct Credentials {
    std::string username;
    std::string realm;
    std::string nonce;
    std::string uri;
    std::string response;
    Algorithm algorithm;
    Qop qop = Qop::None;
    std::string cnonce;  // with a qop or a session algorithm
    std::string nc;      // with a qop: the nonce count as written, eight hexadecimal digits
    std::optional<std::string> opaque;

    // The number that `nc` writes; 0 without a qop.
    [[nodiscard]] std::uint32_t nonce_count() const;
};

// A header value as credentials. Empty for a scheme other than Digest, and for an algorithm or qop
// that is not known. Fails with sip::Errc::MalformedValue: without one of the parameters that
// section 3.4 asks for, or with an nc that is not eight hexadecimal digits.
[[nodiscard]] Result<std::optional<Credentials>> parse_credentials(std::string_view value);

// As the peers of the field read them: algorithm, qop and nc without quotes (section 3.4).
[[nodiscard]] std::string print(const Credentials& credentials);

// `nc` for a count: eight lower-case hexadecimal digits.
[[nodiscard]] std::string nonce_count_text(std::uint32_t count);

// True if `credentials` answer for the password whose hash (of their algorithm) is given.
[[nodiscard]] bool matches(const Credentials& credentials, std::string_view password_hash,
                           std::string_view method, std::string_view body);

}  // namespace portcullis::auth
