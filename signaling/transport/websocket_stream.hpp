// SPDX-License-Identifier: BSD-2-Clause
// WebsocketStream: SIP messages over a WebSocket (RFC 7118): one message, one WebSocket message.
#pragma once

#include <memory>
#include <string>

#include "signaling/transport/stream.hpp"
#include "signaling/transport/websocket_frame.hpp"
#include "signaling/transport/websocket_handshake.hpp"

namespace portcullis::transport {

class WebsocketStream final : public Stream {
 public:
    static std::unique_ptr<WebsocketStream> accept(WebsocketRules rules);
    // `host` as in a Host header.
    static std::unique_ptr<WebsocketStream> connect(std::string host, std::string path);

    void start() override;
    [[nodiscard]] bool is_open() const override { return open_; }
    void receive(std::string_view wire) override;
    [[nodiscard]] StreamEvent next() override;
    [[nodiscard]] bool is_amid() const override;
    void encode(std::string_view message, std::string& wire) override;
    void encode_ping(std::string& wire) override;
    void take_own(std::string& wire) override;
    void finish() override;

 private:
    explicit WebsocketStream(bool client);

    void read_handshake();
    void add_frame(Opcode opcode, std::string_view payload, std::string& out) const;
    void add_close(CloseCode code);

    bool client_;
    WebsocketRules rules_;  // of a server
    std::string host_;      // of a client
    std::string path_;
    std::string key_;
    std::string upgrade_;  // the peer's header section, as far as it is there
    WebsocketDecoder decoder_;
    bool open_ = false;
    bool closing_ = false;  // a close frame is said
    std::string own_;
    std::string failed_;
    // The payload of the last ping: one pong answers all before it (RFC 6455 section 5.5.3).
    std::string ping_;
    bool pong_due_ = false;
};

}  // namespace portcullis::transport
