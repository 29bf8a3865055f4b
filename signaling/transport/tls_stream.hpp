// SPDX-License-Identifier: BSD-2-Clause
// TlsStream: TLS around another stream (RFC 5246, RFC 8446), with the peer checked as RFC 5922
// asks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "signaling/transport/stream.hpp"
#include "signaling/transport/tls_profile.hpp"

namespace portcullis::transport {

// What the server that we connect to must prove.
struct TlsExpectation {
    std::string server_name;  // for SNI (RFC 6066 section 3); an address is not sent
    bool verify_chain = true;
    std::vector<std::string> names;         // of which the certificate must have one; empty: any
    std::vector<std::string> fingerprints;  // of which it must have one; empty: any
};

// OpenSSL over two strings: what came from the wire, and what is to go there.
class TlsStream final : public Stream {
 public:
    // `inner` gets what was decrypted. `http`: it speaks HTTP first (WebSocket), which ALPN says.
    static std::unique_ptr<TlsStream> accept(const TlsContext& context, bool http,
                                             std::unique_ptr<Stream> inner);
    static std::unique_ptr<TlsStream> connect(const TlsContext& context, TlsExpectation expectation,
                                              bool http, std::unique_ptr<Stream> inner);

    void start() override;
    [[nodiscard]] bool is_open() const override { return open_ && inner_->is_open(); }
    [[nodiscard]] bool is_costly() const override { return !open_ && failed_.empty(); }
    void receive(std::string_view wire) override;
    [[nodiscard]] StreamEvent next() override;
    [[nodiscard]] bool is_amid() const override;
    void encode(std::string_view message, std::string& wire) override;
    void encode_ping(std::string& wire) override;
    void take_own(std::string& wire) override;
    void finish() override;
    [[nodiscard]] std::shared_ptr<const TlsPeer> peer() const override { return peer_; }

 private:
    // What OpenSSL reads and writes.
    struct Wire {
        std::string_view in;
        std::string out;
    };
    struct Methods;

    TlsStream(SslPtr ssl, TlsExpectation expectation, bool client, std::unique_ptr<Stream> inner);

    void advance_handshake();
    void on_handshake_done();
    void read_records();
    void write(std::string_view plain);
    void fail(TlsFailure failure, std::string reason);
    void fail_by_openssl();
    [[nodiscard]] TlsFailure judge_server(const X509* certificate) const;

    Wire wire_;
    TlsExpectation expectation_;
    bool client_;
    std::unique_ptr<Stream> inner_;
    SslPtr ssl_;
    bool open_ = false;
    bool finishing_ = false;
    bool amid_record_ = false;
    bool received_ = false;  // anything that was protected
    std::size_t handshake_size_ = 0;
    std::string failed_;  // why; empty: it has not
    TlsFailure failure_ = TlsFailure::None;
    std::shared_ptr<const TlsPeer> peer_;
};

}  // namespace portcullis::transport
