// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/websocket_stream.hpp"

#include <array>
#include <utility>

#include "common/base/random.hpp"
#include "signaling/sip/limits.hpp"

namespace portcullis::transport {

namespace {

std::array<char, 4> make_mask() {
    std::array<std::byte, 4> bytes{};
    random_bytes(bytes);
    std::array<char, 4> mask{};
    for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = static_cast<char>(bytes[i]);
    return mask;
}

bool is_line_ends(std::string_view message) {
    return message.find_first_not_of("\r\n") == std::string_view::npos;
}

}  // namespace

WebsocketStream::WebsocketStream(bool client)
    : client_(client), decoder_(!client, sip::Limits{}.message) {}

std::unique_ptr<WebsocketStream> WebsocketStream::accept(WebsocketRules rules) {
    std::unique_ptr<WebsocketStream> made(new WebsocketStream(false));
    made->rules_ = std::move(rules);
    return made;
}

std::unique_ptr<WebsocketStream> WebsocketStream::connect(std::string host, std::string path) {
    std::unique_ptr<WebsocketStream> made(new WebsocketStream(true));
    made->host_ = std::move(host);
    made->path_ = std::move(path);
    return made;
}

void WebsocketStream::start() {
    if (!client_) return;
    key_ = make_websocket_key();
    own_ += make_upgrade(host_, path_, key_);
}

void WebsocketStream::receive(std::string_view wire) {
    if (!failed_.empty()) return;
    if (open_) return decoder_.push(wire);
    upgrade_ += wire;
    read_handshake();
}

void WebsocketStream::read_handshake() {
    const auto blank = upgrade_.find("\r\n\r\n");
    if (blank == std::string::npos || blank + 4 > kMaxUpgrade) {
        if (upgrade_.size() <= kMaxUpgrade) return;
        failed_ = "the handshake is longer than any should be";
        if (!client_) {
            own_ +=
                "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n"
                "Content-Length: 0\r\n\r\n";
        }
        return;
    }
    const std::string all = std::exchange(upgrade_, {});
    const auto header = std::string_view(all).substr(0, blank + 4);
    if (client_) {
        failed_ = check_upgrade(header, key_);
    } else {
        UpgradeAnswer answer = answer_upgrade(header, rules_);
        own_ += answer.response;
        failed_ = std::move(answer.refused);
    }
    if (!failed_.empty()) return;
    open_ = true;
    decoder_.push(std::string_view(all).substr(blank + 4));
}

StreamEvent WebsocketStream::next() {
    using Kind = WebsocketEvent::Kind;
    while (open_ && failed_.empty()) {
        WebsocketEvent event = decoder_.next();
        switch (event.kind) {
            case Kind::NeedMore:
                return {};
            case Kind::Message:
                if (event.payload.empty()) break;
                if (is_line_ends(event.payload)) return {.kind = StreamEvent::Kind::KeepAlive};
                return {.kind = StreamEvent::Kind::Message, .bytes = std::move(event.payload)};
            case Kind::Ping:
                ping_ = std::move(event.payload);
                pong_due_ = true;
                break;
            case Kind::Pong:
                break;
            case Kind::Close:
                add_close(CloseCode::Normal);
                failed_ = "closed by peer";
                break;
            case Kind::Violation:
                add_close(static_cast<CloseCode>(event.code));
                failed_ = "WebSocket: " + event.payload;
                break;
        }
    }
    if (failed_.empty()) return {};
    return {.kind = StreamEvent::Kind::Failed, .reason = failed_};
}

bool WebsocketStream::is_amid() const { return open_ && failed_.empty() && decoder_.is_amid(); }

void WebsocketStream::add_frame(Opcode opcode, std::string_view payload, std::string& out) const {
    if (!client_) return encode_frame(opcode, payload, nullptr, out);
    const auto mask = make_mask();
    encode_frame(opcode, payload, &mask, out);
}

void WebsocketStream::add_close(CloseCode code) {
    if (std::exchange(closing_, true)) return;
    if (!client_) return encode_close(code, nullptr, own_);
    const auto mask = make_mask();
    encode_close(code, &mask, own_);
}

// RFC 7118 section 4.2 leaves the choice; browsers print text frames.
void WebsocketStream::encode(std::string_view message, std::string& wire) {
    if (closing_) return;
    add_frame(is_utf8(message) ? Opcode::Text : Opcode::Binary, message, wire);
}

void WebsocketStream::encode_ping(std::string& wire) {
    if (!closing_) add_frame(Opcode::Ping, {}, wire);
}

void WebsocketStream::take_own(std::string& wire) {
    if (std::exchange(pong_due_, false) && !closing_) add_frame(Opcode::Pong, ping_, wire);
    wire += std::exchange(own_, {});
}

void WebsocketStream::finish() {
    if (open_) add_close(CloseCode::GoingAway);
}

}  // namespace portcullis::transport
