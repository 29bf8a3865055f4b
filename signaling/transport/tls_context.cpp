// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <cstring>
#include <ctime>
#include <fstream>

#include "signaling/transport/tls_identity.hpp"

namespace portcullis::transport {

namespace {

constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kMaxDepth = 6;               // issuers above a peer's certificate
constexpr long kMaxChain = 32 << 10;       // bytes of a peer's certificates
constexpr std::size_t kMaxFile = 1 << 20;  // of ours

// The oldest reason is the cause; the rest is whom it passed.
std::string openssl_reason() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "unknown" : reason;
}

std::unexpected<TlsProblem> problem(std::string field, std::string message) {
    return std::unexpected(TlsProblem{std::move(field), std::move(message)});
}

// Says "no such file" where OpenSSL would say "system lib".
std::expected<void, TlsProblem> check_file(const char* field, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return problem(field, path + " cannot be read: " + std::strerror(errno) +
                                  "; it must exist on the appliance and be readable by "
                                  "portcullis-signaling");
    }
    std::string text(kMaxFile + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (file.fail() && !file.eof())) return problem(field, path + " cannot be read");
    if (file.gcount() > static_cast<std::streamsize>(kMaxFile)) {
        return problem(field, path + " is larger than 1 MiB: not certificates");
    }
    return {};
}

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

// A key with a passphrase must not make the daemon ask for it on a terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return 0; }

// Without a wish of ours, what the client calls its protocol is not looked at: most say nothing.
int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* size, const unsigned char* offered,
            unsigned int offered_size, void* /*argument*/) {
    const auto* const wanted = static_cast<const std::string_view*>(SSL_get_ex_data(ssl, 0));
    if (wanted == nullptr) return SSL_TLSEXT_ERR_NOACK;
    unsigned char* found = nullptr;
    const int result =
        SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(wanted->data()),
                              static_cast<unsigned int>(wanted->size()), offered, offered_size);
    *out = found;
    if (result == OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_OK;
    return *wanted == kAlpnSip ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

bool step(SSL& ssl, bool& done) {
    if (done) return true;
    const int result = SSL_do_handshake(&ssl);
    if (result == 1) done = true;
    return done || SSL_get_error(&ssl, result) == SSL_ERROR_WANT_READ;
}

}  // namespace

TlsContext::Made TlsContext::load(const config::TlsProfileConfig& settings) {
    std::shared_ptr<TlsContext> made(new TlsContext(settings));
    ERR_clear_error();
    if (auto done = made->make(); !done) return std::unexpected(std::move(done.error()));
    return made;
}

TlsContext::Step TlsContext::make() {
    context_.reset(SSL_CTX_new(TLS_method()));
    if (!context_) return problem("", "OpenSSL gives no context: " + openssl_reason());
    SSL_CTX* const context = context_.get();
    const bool only_13 = settings_.minimum_version == config::TlsVersion::V13;
    SSL_CTX_set_min_proto_version(context, only_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(
        context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify_depth(context, kMaxDepth);
    SSL_CTX_set_max_cert_list(context, kMaxChain);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, nullptr);
    set_sessions();
    if (auto done = set_ciphers(); !done) return done;
    if (auto done = load_issuers(); !done) return done;
    if (settings_.certificate_file.empty()) return {};
    if (auto done = load_certificate(); !done) return done;
    return prove();
}

void TlsContext::set_sessions() {
    SSL_CTX* const context = context_.get();
    if (settings_.session_resumption) {
        // Sessions with verified clients are resumed only within the profile.
        const auto size = std::min<std::size_t>(settings_.name.size(), SSL_MAX_SID_CTX_LENGTH);
        SSL_CTX_set_session_id_context(
            context, reinterpret_cast<const unsigned char*>(settings_.name.data()),
            static_cast<unsigned int>(size));
        return;
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
}

TlsContext::Step TlsContext::set_ciphers() {
    const char* const list = settings_.ciphers.empty() ? kCiphers : settings_.ciphers.c_str();
    if (SSL_CTX_set_cipher_list(context_.get(), list) != 1) {
        return problem("ciphers", "no cipher of OpenSSL is in \"" + settings_.ciphers +
                                      "\": " + openssl_reason());
    }
    if (!settings_.ciphersuites.empty() &&
        SSL_CTX_set_ciphersuites(context_.get(), settings_.ciphersuites.c_str()) != 1) {
        return problem("ciphersuites",
                       "\"" + settings_.ciphersuites +
                           "\" is no list of TLS 1.3 cipher suites: " + openssl_reason());
    }
    return {};
}

TlsContext::Step TlsContext::load_issuers() {
    const std::string& path = settings_.ca_file;
    if (path.empty()) {
        (void)SSL_CTX_set_default_verify_paths(context_.get());
        ERR_clear_error();
        return {};
    }
    if (auto done = check_file("ca_file", path); !done) return done;
    if (SSL_CTX_load_verify_file(context_.get(), path.c_str()) != 1) {
        return problem("ca_file", path + " holds no PEM certificates: " + openssl_reason());
    }
    // What clients are told to choose their certificate by.
    if (settings_.verify_client != config::VerifyClient::None) {
        SSL_CTX_set_client_CA_list(context_.get(), SSL_load_client_CA_file(path.c_str()));
    }
    ERR_clear_error();
    return {};
}

TlsContext::Step TlsContext::load_certificate() {
    const std::string& file = settings_.certificate_file;
    const std::string& key = settings_.private_key_file;
    if (auto done = check_file("certificate_file", file); !done) return done;
    if (auto done = check_file("private_key_file", key); !done) return done;
    if (SSL_CTX_use_certificate_chain_file(context_.get(), file.c_str()) != 1) {
        return problem("certificate_file",
                       file + " holds no usable PEM certificate chain: " + openssl_reason());
    }
    const X509* const own = SSL_CTX_get0_certificate(context_.get());
    if (SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
        const auto code = ERR_peek_error();
        if (ERR_GET_LIB(code) == ERR_LIB_X509 &&
            (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH ||
             ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH)) {
            ERR_clear_error();
            return problem("private_key_file",
                           key + " is not the key of the certificate in " + file);
        }
        return problem("private_key_file", key +
                                               " holds no PEM private key that can be used "
                                               "without passphrase: " +
                                               openssl_reason());
    }
    if (SSL_CTX_check_private_key(context_.get()) != 1) {
        ERR_clear_error();
        return problem("private_key_file", key + " is not the key of the certificate in " + file);
    }
    certificate_ = std::make_unique<OwnCertificate>(
        OwnCertificate{.fingerprint = fingerprint_of(*own),
                       .subject = subject_of(*own),
                       .domains = domains_of(*own),
                       .not_before = time_of(X509_get0_notBefore(own)),
                       .not_after = time_of(X509_get0_notAfter(own))});
    return {};
}

// A handshake in memory: certificate, key, ciphers and versions work together.
TlsContext::Step TlsContext::prove() const {
    const SslPtr server(SSL_new(context_.get()));
    const SslPtr client(SSL_new(context_.get()));
    BIO* near = nullptr;
    BIO* far = nullptr;
    if (!server || !client || BIO_new_bio_pair(&near, 0, &far, 0) != 1) {
        return problem("", "OpenSSL gives no session: " + openssl_reason());
    }
    SSL_set_bio(server.get(), near, near);
    SSL_set_bio(client.get(), far, far);
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client.get());
    bool served = false;
    bool connected = false;
    constexpr int kRounds = 64;
    for (int round = 0; round < kRounds && !(served && connected); ++round) {
        if (!step(*client, connected) || !step(*server, served)) break;
    }
    if (served && connected) return {};
    return problem(
        "certificate_file",
        settings_.certificate_file +
            " does not work with the profile's versions and ciphers: " + openssl_reason());
}

void TlsContext::select_protocol(SSL& ssl, const std::string_view& protocol) {
    // Only read again, and `protocol` is one of the constants.
    SSL_set_ex_data(&ssl, 0, const_cast<std::string_view*>(&protocol));
}

SslPtr TlsContext::new_session() const { return SslPtr(SSL_new(context_.get())); }

}  // namespace portcullis::transport
