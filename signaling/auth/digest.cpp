// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/auth/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <initializer_list>

#include "common/base/assert.hpp"
#include "common/base/text.hpp"

namespace portcullis::auth {

namespace {

struct Named {
    std::string_view name;
    Algorithm algorithm;
};
constexpr std::array<Named, 6> kAlgorithms{{{"MD5", {Hash::Md5, false}},
                                            {"MD5-sess", {Hash::Md5, true}},
                                            {"SHA-256", {Hash::Sha256, false}},
                                            {"SHA-256-sess", {Hash::Sha256, true}},
                                            {"SHA-512-256", {Hash::Sha512_256, false}},
                                            {"SHA-512-256-sess", {Hash::Sha512_256, true}}}};

const EVP_MD* evp_of(Hash hash) {
    switch (hash) {
        case Hash::Md5:
            return EVP_md5();
        case Hash::Sha256:
            return EVP_sha256();
        case Hash::Sha512_256:
            return EVP_sha512_256();
    }
    return nullptr;
}

std::string join(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const auto part : parts) out.append(part).push_back(':');
    out.pop_back();
    return out;
}

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view name) {
    for (const auto& known : kAlgorithms) {
        if (text::iequals(name, known.name)) return known.algorithm;
    }
    return std::nullopt;
}

std::string_view name_of(Algorithm algorithm) {
    for (const auto& known : kAlgorithms) {
        if (known.algorithm == algorithm) return known.name;
    }
    return {};
}

std::string_view name_of(Qop qop) {
    switch (qop) {
        case Qop::None:
            return "";
        case Qop::Auth:
            return "auth";
        case Qop::AuthInt:
            return "auth-int";
    }
    return "";
}

std::string hash_hex(Hash hash, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    const int done =
        EVP_Digest(text.data(), text.size(), bytes.data(), &length, evp_of(hash), nullptr);
    PORTCULLIS_ASSERT(done == 1);
    return text::to_hex({reinterpret_cast<const char*>(bytes.data()), length});
}

std::string password_hash(Hash hash, std::string_view username, std::string_view realm,
                          std::string_view password) {
    return hash_hex(hash, join({username, realm, password}));
}

std::string digest_response(const DigestInput& input) {
    const Hash hash = input.algorithm.hash;
    std::string a1(input.password_hash);
    // RFC 7616 section 3.4.2
    if (input.algorithm.session) a1 = hash_hex(hash, join({a1, input.nonce, input.cnonce}));
    // 3.4.3
    std::string a2 = join({input.method, input.uri});
    if (input.qop == Qop::AuthInt) a2 += ":" + hash_hex(hash, input.body);
    const std::string a2_hash = hash_hex(hash, a2);
    // 3.4.1; without qop as in RFC 2069
    if (input.qop == Qop::None) return hash_hex(hash, join({a1, input.nonce, a2_hash}));
    return hash_hex(hash,
                    join({a1, input.nonce, input.nc, input.cnonce, name_of(input.qop), a2_hash}));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace portcullis::auth
