// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "common/net/ip_address.hpp"
#include "signaling/transport/tls_error.hpp"
#include "signaling/transport/tls_identity.hpp"

namespace portcullis::transport {

namespace {

// More than any certificate chain we let through, with room for records of one byte.
constexpr std::size_t kMaxHandshake = 256U << 10;
// Words of the protocol itself that a peer makes us say and does not read.
constexpr std::size_t kMaxOwn = 64U << 10;

// Pinned certificates need no issuer: they are judged when the handshake is done.
int believe_anyone(int /*ok*/, X509_STORE_CTX* /*store*/) { return 1; }

}  // namespace

// The BIO that OpenSSL reads and writes by: a Wire.
struct TlsStream::Methods {
    static Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* data, int size) {
        BIO_clear_retry_flags(bio);
        Wire& wire = wire_of(bio);
        if (wire.in.empty()) {
            BIO_set_retry_read(bio);
            return -1;
        }
        const auto count = std::min(wire.in.size(), static_cast<std::size_t>(size));
        std::memcpy(data, wire.in.data(), count);
        wire.in.remove_prefix(count);
        return static_cast<int>(count);
    }
    static int write(BIO* bio, const char* data, int size) {
        BIO_clear_retry_flags(bio);
        wire_of(bio).out.append(data, static_cast<std::size_t>(size));
        return size;
    }
    static long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
        if (command == BIO_CTRL_FLUSH) return 1;
        if (command == BIO_CTRL_PENDING) return static_cast<long>(wire_of(bio).in.size());
        return 0;
    }
    static const BIO_METHOD* get() {
        static const BIO_METHOD* const kMethod = [] {
            BIO_METHOD* const made =
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
            BIO_meth_set_read(made, read);
            BIO_meth_set_write(made, write);
            BIO_meth_set_ctrl(made, control);
            return made;
        }();
        return kMethod;
    }
};

TlsStream::TlsStream(SslPtr ssl, TlsExpectation expectation, bool client,
                     std::unique_ptr<Stream> inner)
    : expectation_(std::move(expectation)),
      client_(client),
      inner_(std::move(inner)),
      ssl_(std::move(ssl)) {
    BIO* const bio = BIO_new(Methods::get());
    BIO_set_data(bio, &wire_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
}

std::unique_ptr<TlsStream> TlsStream::accept(const TlsContext& context, bool http,
                                             std::unique_ptr<Stream> inner) {
    std::unique_ptr<TlsStream> made(
        new TlsStream(context.new_session(), {}, false, std::move(inner)));
    SSL* const ssl = made->ssl_.get();
    const auto& settings = context.settings();
    int verify = SSL_VERIFY_NONE;
    if (settings.verify_client != config::VerifyClient::None) verify = SSL_VERIFY_PEER;
    if (settings.verify_client == config::VerifyClient::Required) {
        verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    SSL_set_verify(ssl, verify, nullptr);
    if (http) {
        TlsContext::select_protocol(*ssl, kAlpnHttp);
    } else if (settings.alpn) {
        TlsContext::select_protocol(*ssl, kAlpnSip);
    }
    SSL_set_accept_state(ssl);
    return made;
}

std::unique_ptr<TlsStream> TlsStream::connect(const TlsContext& context, TlsExpectation expectation,
                                              bool http, std::unique_ptr<Stream> inner) {
    std::unique_ptr<TlsStream> made(
        new TlsStream(context.new_session(), std::move(expectation), true, std::move(inner)));
    SSL* const ssl = made->ssl_.get();
    const TlsExpectation& wanted = made->expectation_;
    SSL_set_verify(ssl, SSL_VERIFY_PEER, wanted.verify_chain ? nullptr : believe_anyone);
    const std::string& name = wanted.server_name;
    if (!name.empty() && !IpAddress::parse(name)) {
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char*>(name.c_str()));
    }
    if (http || context.settings().alpn) {
        const std::string_view protocol = http ? kAlpnHttp : kAlpnSip;
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocol.data()),
                            static_cast<unsigned int>(protocol.size()));
    }
    SSL_set_connect_state(ssl);
    return made;
}

void TlsStream::start() {
    if (client_) advance_handshake();
}

void TlsStream::receive(std::string_view wire) {
    if (!failed_.empty()) return;
    wire_.in = wire;
    if (!open_) {
        handshake_size_ += wire.size();
        if (handshake_size_ > kMaxHandshake) {
            return fail(TlsFailure::NotTls, "the handshake is longer than any should be");
        }
        advance_handshake();
    }
    if (open_ && failed_.empty()) read_records();
    wire_.in = {};
}

void TlsStream::advance_handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return on_handshake_done();
    if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) fail_by_openssl();
}

TlsFailure TlsStream::judge_server(const X509* certificate) const {
    const bool asked = !expectation_.names.empty() || !expectation_.fingerprints.empty();
    if (certificate == nullptr) return asked ? TlsFailure::NoCertificate : TlsFailure::None;
    const auto& pins = expectation_.fingerprints;
    if (!pins.empty() &&
        std::find(pins.begin(), pins.end(), fingerprint_of(*certificate)) == pins.end()) {
        return TlsFailure::WrongPin;
    }
    if (expectation_.names.empty()) return TlsFailure::None;
    const auto domains = domains_of(*certificate);
    const bool named =
        std::any_of(expectation_.names.begin(), expectation_.names.end(),
                    [&](const std::string& name) { return has_domain(domains, name); });
    return named ? TlsFailure::None : TlsFailure::WrongName;
}

void TlsStream::on_handshake_done() {
    const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    if (client_) {
        if (const auto failure = judge_server(certificate); failure != TlsFailure::None) {
            const std::string subject =
                certificate == nullptr ? "nobody" : subject_of(*certificate);
            const bool pin = failure == TlsFailure::WrongPin;
            return fail(failure, "the certificate is of " + subject +
                                     (pin ? ", which is not pinned"
                                          : ", which does not name the peer (RFC 5922)"));
        }
    }
    const bool proved = !client_ || expectation_.verify_chain || !expectation_.fingerprints.empty();
    if (certificate != nullptr && proved) {
        TlsPeer peer{.identities = domains_of(*certificate),
                     .fingerprint = fingerprint_of(*certificate),
                     .subject = subject_of(*certificate)};
        peer.identities.push_back(peer.fingerprint);
        peer_ = std::make_shared<const TlsPeer>(std::move(peer));
    }
    open_ = true;
    inner_->start();
}

void TlsStream::read_records() {
    std::array<char, 16U << 10> plain;
    while (failed_.empty()) {
        ERR_clear_error();
        const int size = SSL_read(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
        if (size > 0) {
            received_ = true;
            inner_->receive({plain.data(), static_cast<std::size_t>(size)});
            continue;
        }
        const int error = SSL_get_error(ssl_.get(), size);
        if (error == SSL_ERROR_WANT_READ) break;
        if (error == SSL_ERROR_ZERO_RETURN) return fail(TlsFailure::None, "closed by peer");
        return fail_by_openssl();
    }
    amid_record_ = SSL_has_pending(ssl_.get()) == 1;
    if (wire_.out.size() > kMaxOwn) fail(TlsFailure::None, "the peer does not read");
}

void TlsStream::fail(TlsFailure failure, std::string reason) {
    failed_ = std::move(reason);
    failure_ = failure;
}

void TlsStream::fail_by_openssl() {
    auto [failure, reason] = take_tls_error(*ssl_);
    // With TLS 1.3 a server that refuses our certificate says so when we think all is done.
    const bool counts = !open_ || (failure == TlsFailure::Alert && !received_);
    fail(counts ? failure : TlsFailure::None, std::move(reason));
}

StreamEvent TlsStream::next() {
    if (open_) {
        StreamEvent event = inner_->next();
        if (event.kind != StreamEvent::Kind::NeedMore) return event;
    }
    if (failed_.empty()) return {};
    return {.kind = StreamEvent::Kind::Failed, .reason = failed_, .tls = failure_};
}

bool TlsStream::is_amid() const { return open_ && (amid_record_ || inner_->is_amid()); }

void TlsStream::write(std::string_view plain) {
    if (plain.empty() || !open_ || !failed_.empty()) return;
    ERR_clear_error();
    const int size = SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
    if (size <= 0) fail_by_openssl();
}

void TlsStream::encode(std::string_view message, std::string& wire) {
    std::string plain;
    inner_->encode(message, plain);
    write(plain);
    wire += std::exchange(wire_.out, {});
}

void TlsStream::encode_ping(std::string& wire) {
    std::string plain;
    inner_->encode_ping(plain);
    write(plain);
    wire += std::exchange(wire_.out, {});
}

void TlsStream::take_own(std::string& wire) {
    if (open_) {
        std::string plain;
        inner_->take_own(plain);
        write(plain);
        if (finishing_ && failed_.empty()) (void)SSL_shutdown(ssl_.get());
    }
    wire += std::exchange(wire_.out, {});
}

void TlsStream::finish() {
    finishing_ = true;
    if (open_) inner_->finish();
}

}  // namespace portcullis::transport
