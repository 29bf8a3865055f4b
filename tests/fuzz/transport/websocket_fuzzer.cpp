// SPDX-License-Identifier: BSD-2-Clause
// A WebSocket client's bytes in segments of varying size: the segments make no difference, nothing
// larger than a message is kept, and the server's answers can be read by a client.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/assert.hpp"
#include "signaling/sip/limits.hpp"
#include "signaling/transport/websocket_stream.hpp"

namespace portcullis::transport {
namespace {

constexpr std::string_view kUpgrade =
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: sip\r\n\r\n";

struct Outcome {
    std::vector<std::string> messages;
    std::string failure;
    std::string said;  // by the server, pongs left out: how many there are depends on the segments
    bool operator==(const Outcome&) const = default;
};

Outcome run(std::string_view input, std::size_t step) {
    const auto stream = WebsocketStream::accept({});
    stream->start();
    Outcome out;
    while (!input.empty() && out.failure.empty()) {
        const auto part = input.substr(0, step);
        input.remove_prefix(part.size());
        stream->receive(part);
        for (;;) {
            auto event = stream->next();
            if (event.kind == StreamEvent::Kind::NeedMore) break;
            if (event.kind == StreamEvent::Kind::Failed) {
                out.failure = event.reason;
                break;
            }
            PORTCULLIS_ASSERT(event.bytes.size() <= sip::Limits{}.message);
            out.messages.push_back(std::move(event.bytes));
        }
        if (!out.failure.empty()) break;
    }
    stream->take_own(out.said);
    if (!out.said.starts_with("HTTP/1.1 101")) return out;
    WebsocketDecoder client(false, sip::Limits{}.message);
    client.push(std::string_view(out.said).substr(out.said.find("\r\n\r\n") + 4));
    for (auto event = client.next(); event.kind != WebsocketEvent::Kind::NeedMore;
         event = client.next()) {
        PORTCULLIS_ASSERT(event.kind == WebsocketEvent::Kind::Pong ||
                          event.kind == WebsocketEvent::Kind::Close);
    }
    out.said.clear();
    return out;
}

}  // namespace
}  // namespace portcullis::transport

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis::transport;
    if (size < 1) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string input =
        (data[0] % 2U == 0 ? std::string(kUpgrade) : std::string()) + std::string(text);
    const auto whole = run(input, input.size() + 1);
    const auto pieces = run(input, 1 + data[0] / 2U);
    PORTCULLIS_ASSERT(whole == pieces);
    (void)check_upgrade(text, "dGhlIHNhbXBsZSBub25jZQ==");
    return 0;
}
