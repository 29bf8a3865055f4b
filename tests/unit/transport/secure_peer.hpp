// SPDX-License-Identifier: BSD-2-Clause
// SecurePeer: a TLS peer of the tests, plain OpenSSL on a socket that is read without blocking.
#pragma once

#include <fcntl.h>
#include <openssl/err.h>

#include <csignal>
#include <optional>
#include <string>

#include "signaling/transport/tls_profiles.hpp"
#include "tests/unit/transport/pki.hpp"
#include "tests/unit/transport/support.hpp"

namespace portcullis::transport::testing {

struct PeerOptions {
    std::optional<CertificateFiles> certificate{};
    std::string ca{};  // verifies us; empty: believes anyone
    int version = 0;   // TLS1_2_VERSION, TLS1_3_VERSION; 0: any
    std::string alpn{};
    bool ask = false;  // as a server: wants our certificate
};

class SecurePeer {
 public:
    SecurePeer(UniqueFd fd, bool server, const PeerOptions& options)
        : fd_(std::move(fd)), context_(SSL_CTX_new(TLS_method())) {
        ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
        (void)std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
        if (options.version != 0) {
            SSL_CTX_set_min_proto_version(context_.get(), options.version);
            SSL_CTX_set_max_proto_version(context_.get(), options.version);
        }
        if (options.certificate) {
            SSL_CTX_use_certificate_chain_file(context_.get(),
                                               options.certificate->certificate.c_str());
            SSL_CTX_use_PrivateKey_file(context_.get(), options.certificate->key.c_str(),
                                        SSL_FILETYPE_PEM);
        }
        if (!options.ca.empty()) SSL_CTX_load_verify_file(context_.get(), options.ca.c_str());
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), fd_.get());
        if (!options.ca.empty()) SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, nullptr);
        if (options.ask) SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, believe);
        if (!options.alpn.empty()) {
            SSL_set_alpn_protos(ssl_.get(),
                                reinterpret_cast<const unsigned char*>(options.alpn.data()),
                                static_cast<unsigned int>(options.alpn.size()));
        }
        if (server) {
            SSL_set_accept_state(ssl_.get());
        } else {
            SSL_set_connect_state(ssl_.get());
        }
    }
    static SecurePeer connect(const Endpoint& to, const PeerOptions& options = {}) {
        UniqueFd fd(
            ::socket(to.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto address = to_sockaddr(to);
        if (::connect(fd.get(), address.data(), address.size) != 0) fd.reset();
        return {std::move(fd), false, options};
    }

    // Goes on with the handshake, reads what has arrived. False: the connection is over.
    bool step() {
        if (failed) return false;
        ERR_clear_error();
        if (!open) {
            const int result = SSL_do_handshake(ssl_.get());
            if (result == 1) {
                open = true;
            } else {
                return judge(result);
            }
        }
        char buffer[16384];
        for (;;) {
            const int size = SSL_read(ssl_.get(), buffer, sizeof buffer);
            if (size <= 0) return judge(size);
            text.append(buffer, static_cast<std::size_t>(size));
        }
    }
    void send(std::string_view bytes) {
        EXPECT_EQ(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())),
                  static_cast<int>(bytes.size()));
    }
    [[nodiscard]] std::string fingerprint() const {
        const auto* const certificate = SSL_get0_peer_certificate(ssl_.get());
        return certificate == nullptr ? "" : fingerprint_of(*certificate);
    }
    [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Endpoint endpoint() const { return local(port_of(fd_.get())); }

    bool open = false;
    bool failed = false;
    std::string reason;
    std::string text;

 private:
    static int believe(int, X509_STORE_CTX*) { return 1; }
    bool judge(int result) {
        const int error = SSL_get_error(ssl_.get(), result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return true;
        failed = true;
        const auto* const words = ERR_reason_error_string(ERR_peek_error());
        reason = words == nullptr ? "closed" : words;
        return false;
    }

    UniqueFd fd_;
    std::unique_ptr<SSL_CTX, FreeSsl> context_;
    SslPtr ssl_;
};

inline std::string tls_request(const std::string& id, const std::string& extra_via = {}) {
    return request_text(id, {}, "TLS 127.0.0.1:9" + extra_via);
}

// A layer with one interface "core" over `kind`, and a profile "own" for 127.0.0.1.
class SecureTest : public TransportTest {
 protected:
    void start_secure(TransportKind kind = TransportKind::Tls,
                      config::VerifyClient clients = config::VerifyClient::None,
                      TransportLimits limits = {}) {
        kind_ = kind;
        own_ = pki_.issue("own", {.common_name = "sbc", .names = "DNS:sbc.example"});
        auto settings = pki_.profile("own", own_);
        settings.verify_client = clients;
        adjust(settings);
        profile_ = std::make_shared<TlsProfile>(settings);
        const auto problem = profile_->load();
        ASSERT_FALSE(problem) << problem->message;
        handlers_.tls_terms = [this](const Destination&) { return terms_; };
        make(limits);
        here_ = free_endpoint();
        const auto status = layer_->configure({spec()});
        ASSERT_TRUE(status) << status.error().text();
    }
    virtual void adjust(config::TlsProfileConfig& /*settings*/) {}
    [[nodiscard]] InterfaceSpec spec() const {
        return {.name = "core",
                .address = here_,
                .transports = {kind_},
                .tls = profile_,
                .websocket = rules_,
                .keepalive = keepalive_};
    }
    bool run_until_open(SecurePeer& peer) {
        return run_until([&] {
            peer.step();
            return peer.open;
        });
    }
    bool run_until_text(SecurePeer& peer, std::string_view wanted) {
        return run_until([&] {
            peer.step();
            return peer.text.find(wanted) != std::string::npos;
        });
    }
    bool run_until_closed(SecurePeer& peer) {
        return run_until([&] { return !peer.step(); });
    }
    // Until a peer has connected to `listener`.
    SecurePeer accept(PeerListener& listener, const PeerOptions& options) {
        UniqueFd fd;
        EXPECT_TRUE(run_until([&] {
            pollfd poll{listener.fd(), POLLIN, 0};
            if (::poll(&poll, 1, 0) == 1) fd = listener.accept();
            return static_cast<bool>(fd);
        }));
        return {std::move(fd), true, options};
    }
    [[nodiscard]] Destination to(const Endpoint& remote, std::string name = {}) const {
        return {.interface = "core",
                .transport = kind_,
                .remote = remote,
                .flow = {},
                .server_name = std::move(name)};
    }
    [[nodiscard]] std::uint64_t failures(TlsFailure failure) const {
        return layer_->counters().tls_failures[static_cast<std::size_t>(failure)];
    }
    void set_terms(std::vector<std::string> names, std::vector<std::string> pins,
                   bool verify = true) {
        terms_ = std::make_shared<const TlsTerms>(TlsTerms{.key = "terms",
                                                           .profile = profile_,
                                                           .verify_chain = verify && pins.empty(),
                                                           .names = std::move(names),
                                                           .fingerprints = pins,
                                                           .verify_name = verify && pins.empty()});
    }

    Pki pki_;
    CertificateFiles own_;
    TlsProfilePtr profile_;
    TransportKind kind_ = TransportKind::Tls;
    WebsocketRules rules_;
    Milliseconds keepalive_{0};
    TlsTermsPtr terms_;
};

}  // namespace portcullis::transport::testing
