// SPDX-License-Identifier: BSD-2-Clause
// TlsContext: one reading of a TLS profile's files, as OpenSSL uses it (RFC 5246, RFC 8446).
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/config/tls_profile_config.hpp"

namespace portcullis::transport {

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

// Protocol names as ALPN writes them (RFC 7301 section 3.1): SIP, and what a WebSocket begins with.
inline constexpr std::string_view kAlpnSip("\x03sip", 4);
inline constexpr std::string_view kAlpnHttp("\x08http/1.1", 9);

// What is wrong with a profile: the field of its configuration, and words that name the file.
struct TlsProblem {
    std::string field;
    std::string message;
};

// Our own certificate.
struct OwnCertificate {
    std::string fingerprint;  // SHA-256, lower-case digits
    std::string subject;
    std::vector<std::string> domains;
    std::chrono::system_clock::time_point not_before;
    std::chrono::system_clock::time_point not_after;
};

// Immutable, shared by the connections made with it; any thread. Secure as it comes: no
// renegotiation, no compression, bounded certificate chains, forward secrecy.
class TlsContext {
 public:
    using Made = std::expected<std::shared_ptr<const TlsContext>, TlsProblem>;

    // Reads the files and proves them by a handshake with itself in memory.
    [[nodiscard]] static Made load(const config::TlsProfileConfig& settings);

    // A session of either role; certificates of servers are verified, those of clients asked for
    // and verified as the profile says.
    [[nodiscard]] SslPtr new_session() const;
    // Makes a server's session choose kAlpnSip, and refuse clients that offer other names only; or
    // kAlpnHttp, if it is offered.
    static void select_protocol(SSL& ssl, const std::string_view& protocol);
    // nullptr for a profile without certificate.
    [[nodiscard]] const OwnCertificate* certificate() const { return certificate_.get(); }
    [[nodiscard]] const config::TlsProfileConfig& settings() const { return settings_; }

 private:
    explicit TlsContext(config::TlsProfileConfig settings) : settings_(std::move(settings)) {}

    using Step = std::expected<void, TlsProblem>;
    [[nodiscard]] Step make();
    [[nodiscard]] Step load_certificate();
    [[nodiscard]] Step load_issuers();
    [[nodiscard]] Step set_ciphers();
    void set_sessions();
    [[nodiscard]] Step prove() const;

    config::TlsProfileConfig settings_;
    std::unique_ptr<SSL_CTX, FreeSsl> context_;
    std::unique_ptr<OwnCertificate> certificate_;
};

}  // namespace portcullis::transport
