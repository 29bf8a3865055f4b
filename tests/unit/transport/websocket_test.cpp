// SPDX-License-Identifier: BSD-2-Clause
// SIP over WebSocket and secure WebSocket with real sockets (RFC 7118).
#include "signaling/transport/errc.hpp"
#include "signaling/transport/websocket_frame.hpp"
#include "tests/unit/transport/secure_peer.hpp"

namespace portcullis::transport::testing {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";  // RFC 6455 section 1.3

std::string upgrade(const std::string& target = "/", const std::string& extra = {}) {
    return "GET " + target +
           " HTTP/1.1\r\nHost: sbc.example\r\nUpgrade: websocket\r\nConnection: keep-alive, "
           "Upgrade\r\nSec-WebSocket-Key: " +
           std::string(kKey) + "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n" +
           extra + "\r\n";
}

std::string frame(Opcode opcode, std::string_view payload, bool final = true) {
    const std::array<char, 4> mask{'m', 'a', 's', 'k'};
    std::string out;
    encode_frame(opcode, payload, &mask, out);
    if (!final) out[0] = static_cast<char>(out[0] & 0x7f);
    return out;
}

// What a server's frames in `wire` say.
std::vector<WebsocketEvent> decode(std::string_view wire) {
    WebsocketDecoder decoder(false, 70000);
    decoder.push(wire);
    std::vector<WebsocketEvent> out;
    for (auto event = decoder.next(); event.kind != WebsocketEvent::Kind::NeedMore;
         event = decoder.next()) {
        out.push_back(std::move(event));
    }
    return out;
}

std::string ws_request(const std::string& id) {
    return request_text(id, {}, "WS df7jal23ls0d.invalid");
}

class Websocket : public SecureTest {
 protected:
    void open(TransportLimits limits = {}) {
        start_secure(TransportKind::Ws, config::VerifyClient::None, limits);
        peer_.emplace(Peer::tcp(here_));
        peer_->send(upgrade());
        ASSERT_TRUE(TransportTest::run_until_text(*peer_, "\r\n\r\n"));
        EXPECT_TRUE(peer_->text.starts_with("HTTP/1.1 101 ")) << peer_->text;
        EXPECT_NE(peer_->text.find("Sec-WebSocket-Protocol: sip\r\n"), std::string::npos);
        EXPECT_NE(peer_->text.find("Sec-WebSocket-Accept: " + std::string(kAccept) + "\r\n"),
                  std::string::npos);
        peer_->text.clear();
    }
    // The first thing the server says from now on.
    WebsocketEvent heard() {
        WebsocketEvent event;
        EXPECT_TRUE(run_until([&] {
            peer_->receive();
            const auto all = decode(peer_->text);
            if (!all.empty()) event = all.front();
            return !all.empty();
        }));
        return event;
    }
    std::optional<Peer> peer_;
};

TEST_F(Websocket, CarriesOneMessagePerFrame) {
    open();
    peer_->send(frame(Opcode::Text, ws_request("1")) + frame(Opcode::Binary, ws_request("2")));
    ASSERT_TRUE(run_until_received(2));
    EXPECT_EQ(received_[0].source.transport, TransportKind::Ws);
    layer_->send(reply_to(received_[0].source), message(ws_request("back")), record_failure());
    const auto event = heard();
    EXPECT_EQ(event.kind, WebsocketEvent::Kind::Message);
    EXPECT_EQ(event.payload, ws_request("back"));
    EXPECT_TRUE(failures_.empty());
}

// RFC 6455 section 5.4; and a message that comes with the handshake.
TEST_F(Websocket, FragmentsAreOneMessage) {
    start_secure(TransportKind::Ws);
    peer_.emplace(Peer::tcp(here_));
    const std::string text = ws_request("1");
    peer_->send(upgrade() + frame(Opcode::Text, text.substr(0, 40), false));
    settle();
    EXPECT_TRUE(received_.empty());
    peer_->send(frame(Opcode::Ping, "between") + frame(Opcode::Continuation, text.substr(40)));
    EXPECT_TRUE(run_until_received(1));
}

TEST_F(Websocket, PingsAndKeepAlivesAreAnswered) {
    open();
    peer_->send(frame(Opcode::Ping, "are you there"));
    auto event = heard();
    EXPECT_EQ(event.kind, WebsocketEvent::Kind::Pong);
    EXPECT_EQ(event.payload, "are you there");
    peer_->text.clear();
    peer_->send(frame(Opcode::Text, "\r\n\r\n"));  // RFC 5626, as some clients do it
    event = heard();
    EXPECT_EQ(event.kind, WebsocketEvent::Kind::Message);
    EXPECT_EQ(event.payload, "\r\n");
    EXPECT_EQ(dropped(Drop::ParseError), 0U);
}

TEST_F(Websocket, ACloseIsAnswered) {
    open();
    peer_->send(frame(Opcode::Close, "\x03\xe8"));
    const auto event = heard();
    EXPECT_EQ(event.kind, WebsocketEvent::Kind::Close);
    EXPECT_EQ(event.code, 1000);
    EXPECT_TRUE(TransportTest::run_until_closed(*peer_));
    peer_->close();
    EXPECT_TRUE(run_until([&] { return layer_->connection_count() == 0; }));
}

TEST_F(Websocket, WeSayGoodbye) {
    open();
    peer_->send(frame(Opcode::Text, ws_request("1")));
    ASSERT_TRUE(run_until_received(1));
    layer_->close_flow(received_[0].source.flow);
    const auto event = heard();
    EXPECT_EQ(event.kind, WebsocketEvent::Kind::Close);
    EXPECT_EQ(event.code, 1001);
}

TEST_F(Websocket, FaultsEndTheConnectionWithTheirCode) {
    const struct {
        std::string bytes;
        std::uint16_t code;
    } rows[] = {
        {std::string("\x81\x05hello", 7), 1002},                  // not masked
        {std::string("\x81\xff\0\0\0\1\0\0\0\0mask", 14), 1009},  // 4 GiB
        {frame(Opcode::Text, "\xc3\x28"), 1007},                  // not UTF-8
        {frame(Opcode::Continuation, "x"), 1002},                 // of nothing
        {std::string("\xc1\x80mask", 6), 1002},                   // compressed
    };
    for (const auto& row : rows) {
        open();
        peer_->send(row.bytes + frame(Opcode::Text, ws_request("smuggled")));
        const auto event = heard();
        EXPECT_EQ(event.kind, WebsocketEvent::Kind::Close);
        EXPECT_EQ(event.code, row.code);
        EXPECT_TRUE(TransportTest::run_until_closed(*peer_));
        EXPECT_TRUE(received_.empty());
    }
}

TEST_F(Websocket, AMalformedMessageCostsNothing) {
    open();
    peer_->send(frame(Opcode::Text, "this is not SIP") + frame(Opcode::Text, ws_request("1")));
    EXPECT_TRUE(run_until_received(1));
    EXPECT_EQ(dropped(Drop::ParseError), 1U);
}

TEST_F(Websocket, AMessageThatNeverEndsIsCutOff) {
    open({.header_timeout = 100ms});
    peer_->send(frame(Opcode::Text, "OPTIONS", false));
    EXPECT_TRUE(TransportTest::run_until_closed(*peer_));
    EXPECT_EQ(dropped(Drop::HeaderTimeout), 1U);
}

TEST_F(Websocket, AHandshakeThatNeverEndsIsCutOff) {
    start_secure(TransportKind::Ws, config::VerifyClient::None, {.handshake_timeout = 100ms});
    Peer peer = Peer::tcp(here_);
    peer.send("GET / HTTP/1.1\r\n");
    EXPECT_TRUE(TransportTest::run_until_closed(peer));
    EXPECT_EQ(dropped(Drop::HandshakeFailed), 1U);
}

struct UpgradeRow {
    const char* name;
    std::string request;
    const char* answer;
};

std::string without(const std::string& header) {
    std::string text = upgrade();
    const auto at = text.find(header + ":");
    return text.erase(at, text.find("\r\n", at) + 2 - at);
}
std::string changed(const std::string& from, const std::string& to) {
    std::string text = upgrade();
    return text.replace(text.find(from), from.size(), to);
}

const UpgradeRow kUpgrades[] = {
    {"Good", upgrade("/sip"), "101"},
    {"WithQuery", upgrade("/sip?user=x"), "101"},
    {"OtherResource", upgrade("/chat"), "404"},
    {"Post", changed("GET / ", "POST /sip "), "405"},
    {"Http10", changed("GET / HTTP/1.1", "GET /sip HTTP/1.0"), "400"},
    {"Garbage", "nothing\r\n\r\n", "400"},
    {"TooLong", upgrade("/sip", "Cookie: " + std::string(9000, 'a') + "\r\n"), "431"},
    {"Body", upgrade("/sip", "Content-Length: 5\r\n"), "400"},
};

class WebsocketUpgrades : public SecureTest, public ::testing::WithParamInterface<UpgradeRow> {};

TEST_P(WebsocketUpgrades, AreJudged) {
    rules_.path = "/sip";
    start_secure(TransportKind::Ws);
    Peer peer = Peer::tcp(here_);
    peer.send(GetParam().request);
    ASSERT_TRUE(TransportTest::run_until_text(peer, "\r\n\r\n"));
    EXPECT_TRUE(peer.text.starts_with(std::string("HTTP/1.1 ") + GetParam().answer)) << peer.text;
    if (std::string_view(GetParam().answer) == "101") return;
    EXPECT_TRUE(TransportTest::run_until_closed(peer));
    EXPECT_EQ(dropped(Drop::HandshakeFailed), 1U);
}

INSTANTIATE_TEST_SUITE_P(Rows, WebsocketUpgrades, ::testing::ValuesIn(kUpgrades),
                         [](const auto& row) { return std::string(row.param.name); });

struct AnswerRow {
    const char* what;
    std::string request;
    WebsocketRules rules;
    const char* answer;
};

// RFC 6455 section 4.2, RFC 7118 section 4.1.
TEST(WebsocketAnswers, FollowTheRules) {
    const std::string origin = "Origin: https://phone.example\r\n";
    const AnswerRow rows[] = {
        {"plain", upgrade(), {}, "101"},
        {"no subprotocol", without("Sec-WebSocket-Protocol"), {}, "400"},
        {"another subprotocol", changed("Protocol: sip", "Protocol: chat"), {}, "400"},
        {"one of several", changed("Protocol: sip", "Protocol: chat, sip"), {}, "101"},
        {"version 8", changed("Version: 13", "Version: 8"), {}, "426"},
        {"no version", without("Sec-WebSocket-Version"), {}, "426"},
        {"no key", without("Sec-WebSocket-Key"), {}, "400"},
        {"short key", changed(std::string(kKey), "dGhl"), {}, "400"},
        {"two keys", upgrade("/", "Sec-WebSocket-Key: " + std::string(kKey) + "\r\n"), {}, "400"},
        {"no upgrade", without("Upgrade"), {}, "426"},
        {"no connection", without("Connection"), {}, "426"},
        {"no host", without("Host"), {}, "400"},
        {"origin of the list", upgrade("/", origin), {"", {"https://phone.example"}}, "101"},
        {"another origin", upgrade("/", origin), {"", {"https://other.example"}}, "403"},
        {"no origin", upgrade(), {"", {"https://phone.example"}}, "403"},
        {"any origin", upgrade("/", origin), {}, "101"},
    };
    for (const auto& row : rows) {
        const auto answer = answer_upgrade(row.request, row.rules);
        EXPECT_TRUE(answer.response.starts_with(std::string("HTTP/1.1 ") + row.answer))
            << row.what << ": " << answer.response;
        EXPECT_EQ(answer.refused.empty(), std::string_view(row.answer) == "101") << row.what;
    }
}

TEST(WebsocketAnswers, AreCheckedByTheClient) {
    const std::string good =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Accept: " +
        std::string(kAccept) + "\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    EXPECT_EQ(check_upgrade(good, kKey), "");
    EXPECT_EQ(check_upgrade(answer_upgrade(make_upgrade("h", "/", kKey), {}).response, kKey), "");
    EXPECT_NE(check_upgrade(with("101", "200"), kKey), "");
    EXPECT_NE(check_upgrade(with("s3pP", "xxxx"), kKey), "");
    EXPECT_NE(check_upgrade(with(": sip", ": chat"), kKey), "");
    EXPECT_NE(check_upgrade(with("Upgrade: websocket\r\n", ""), kKey), "");
    EXPECT_NE(check_upgrade(with("\r\n\r\n", "\r\nSec-WebSocket-Extensions: x\r\n\r\n"), kKey), "");
    EXPECT_NE(check_upgrade("SIP/2.0 200 OK\r\n\r\n", kKey), "");
}

class WebsocketClient : public SecureTest, public ::testing::WithParamInterface<TransportKind> {};

// Against our own server side, on another interface.
TEST_P(WebsocketClient, ReachesAServer) {
    start_secure(GetParam());
    rules_.path = "/sip";
    InterfaceSpec other = spec();
    other.name = "other";
    other.address = free_endpoint();
    ASSERT_TRUE(layer_->configure({spec(), other}));
    const std::string via = std::string(describe(GetParam()).via) + " sbc.example";
    layer_->send(to(other.address, "sbc.example"), message(request_text("1", {}, via)),
                 record_failure());
    ASSERT_TRUE(run_until([&] { return !received_.empty() || !failures_.empty(); }));
    ASSERT_TRUE(failures_.empty()) << failures_[0].text();
    const Source& source = received_[0].source;
    EXPECT_EQ(source.interface, "other");
    EXPECT_EQ(source.transport, GetParam());
    layer_->send(reply_to(source), message(request_text("back", {}, via)), record_failure());
    ASSERT_TRUE(run_until_received(2));
    EXPECT_EQ(received_[1].source.interface, "core");
    EXPECT_EQ(layer_->connection_count(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, WebsocketClient,
                         ::testing::Values(TransportKind::Ws, TransportKind::Wss));

using SecureWebsocket = SecureTest;

TEST_F(SecureWebsocket, IsAWebsocketWithinTls) {
    start_secure(TransportKind::Wss);
    // As browsers offer it.
    auto peer = SecurePeer::connect(
        here_, {.ca = pki_.ca_file(), .alpn = std::string("\x02h2\x08http/1.1", 12)});
    ASSERT_TRUE(run_until_open(peer)) << peer.reason;
    const unsigned char* chosen = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(peer.ssl(), &chosen, &size);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
    peer.send(upgrade());
    ASSERT_TRUE(run_until_text(peer, "\r\n\r\n"));
    EXPECT_TRUE(peer.text.starts_with("HTTP/1.1 101")) << peer.text;
    peer.text.clear();
    peer.send(frame(Opcode::Text, request_text("1", {}, "WSS x.invalid")));
    ASSERT_TRUE(run_until_received(1));
    EXPECT_EQ(received_[0].source.transport, TransportKind::Wss);
    peer.send(frame(Opcode::Ping, "x"));
    ASSERT_TRUE(run_until([&] {
        peer.step();
        return !peer.text.empty();
    }));
    EXPECT_EQ(decode(peer.text).at(0).kind, WebsocketEvent::Kind::Pong);
}

}  // namespace
}  // namespace portcullis::transport::testing
