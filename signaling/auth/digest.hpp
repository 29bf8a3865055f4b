// SPDX-License-Identifier: BSD-2-Clause
// The Digest computation (RFC 7616 section 3.4, RFC 8760 for SIP, RFC 3261 section 22.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::auth {

enum class Hash : std::uint8_t { Md5, Sha256, Sha512_256 };

// An `algorithm` parameter. `session`: the "-sess" variant, whose key depends on the nonces.
struct Algorithm {
    Hash hash = Hash::Md5;
    bool session = false;
    bool operator==(const Algorithm&) const = default;
};

enum class Qop : std::uint8_t { None, Auth, AuthInt };  // None: as in RFC 2069

// "MD5", "SHA-256", "SHA-512-256", each also with "-sess"; compared without case, empty for others.
[[nodiscard]] std::optional<Algorithm> parse_algorithm(std::string_view name);
[[nodiscard]] std::string_view name_of(Algorithm algorithm);
// "" for None.
[[nodiscard]] std::string_view name_of(Qop qop);

// Lower-case hexadecimal digits of the hash.
[[nodiscard]] std::string hash_hex(Hash hash, std::string_view text);

// H(username:realm:password): all that a verifier needs to keep of a password.
[[nodiscard]] std::string password_hash(Hash hash, std::string_view username,
                                        std::string_view realm, std::string_view password);

// What the response is computed over.
struct DigestInput {
    Algorithm algorithm;
    Qop qop = Qop::None;
    std::string_view password_hash;  // of `algorithm.hash`
    std::string_view nonce;
    std::string_view nc;      // 8 hexadecimal digits; with qop only
    std::string_view cnonce;  // with qop or a session algorithm
    std::string_view method;  // as in the request line
    std::string_view uri;     // as in the `uri` parameter
    std::string_view body;    // with AuthInt
};

// The `response` parameter.
[[nodiscard]] std::string digest_response(const DigestInput& input);

// True if both are the same text; takes as long for any pair of one length.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace portcullis::auth
