// SPDX-License-Identifier: BSD-2-Clause
// Frames, and a real server and client over a Unix socket on one io_context.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>

#include "common/ipc/management.hpp"
#include "common/ipc/unix_client.hpp"
#include "common/ipc/unix_server.hpp"

namespace portcullis::ipc {
namespace {

using namespace std::chrono_literals;

std::filesystem::path socket_path(const char* name) {
    return std::filesystem::temp_directory_path() /
           ("pc-ipc-" + std::to_string(::getpid()) + "-" + name + ".sock");
}

TEST(FrameDecoder, ReassemblesFramesSplitAtEveryByte) {
    auto bytes = encode_message(7, management::Query{.verb = "GET", .path = "calls", .body = {}});
    const auto second = encode_message(8, management::Hello{});
    bytes.insert(bytes.end(), second.begin(), second.end());
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        FrameDecoder decoder;
        std::vector<std::uint32_t> ids;
        const auto sink = [&ids](const Frame& frame) { ids.push_back(frame.id); };
        ASSERT_TRUE(decoder.feed(std::span(bytes).first(cut), sink));
        ASSERT_TRUE(decoder.feed(std::span(bytes).subspan(cut), sink));
        EXPECT_EQ(ids, (std::vector<std::uint32_t>{7, 8}));
    }
}

TEST(FrameDecoder, RefusesAnOversizedLength) {
    FrameDecoder decoder;
    const std::vector<std::byte> bytes(kHeaderSize, std::byte{0xff});
    EXPECT_FALSE(decoder.feed(bytes, [](const Frame&) { FAIL(); }));
}

class ChannelTest : public testing::Test {
 protected:
    boost::asio::io_context io;

    void run_until(const std::function<bool()>& done) {
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (!done() && std::chrono::steady_clock::now() < deadline) {
            io.run_one_for(100ms);
            io.restart();
        }
        ASSERT_TRUE(done());
    }
};

TEST_F(ChannelTest, AnswersRequestsAndReconnects) {
    const auto path = socket_path("echo");
    const UnixServer::Handlers handlers{
        .on_open = {},
        .on_frame =
            [](const std::shared_ptr<Channel>& channel, const Frame& frame) {
                const auto query = codec::from_bytes<management::Query>(frame.body);
                ASSERT_TRUE(query);
                channel->send_message(frame.id,
                                      management::QueryReply{200, "text/plain", query->path});
            },
        .on_close = {}};
    auto server = std::make_unique<UnixServer>(io, path, handlers);
    ASSERT_TRUE(server->listen());
    int connected = 0;
    UnixClient client(
        io, path, {.on_connected = [&] { ++connected; }, .on_disconnected = {}, .on_event = {}});
    client.start();
    run_until([&] { return connected == 1; });

    std::string answer;
    client.request(management::Query{"GET", "calls", {}}, 1s,
                   [&](const Result<management::QueryReply>& reply) {
                       ASSERT_TRUE(reply);
                       answer = reply->body;
                   });
    run_until([&] { return !answer.empty(); });
    EXPECT_EQ(answer, "calls");

    server.reset();
    run_until([&] { return !client.connected(); });
    bool failed = false;
    client.request(management::Query{"GET", "calls", {}}, 1s,
                   [&](const Result<management::QueryReply>& reply) { failed = !reply; });
    run_until([&] { return failed; });
    server = std::make_unique<UnixServer>(io, path, handlers);
    ASSERT_TRUE(server->listen());
    run_until([&] { return connected == 2; });
}

TEST_F(ChannelTest, AnUnansweredRequestTimesOut) {
    const auto path = socket_path("mute");
    UnixServer server(
        io, path, {.on_open = {}, .on_frame = [](const auto&, const Frame&) {}, .on_close = {}});
    ASSERT_TRUE(server.listen());
    bool connected = false;
    UnixClient client(
        io, path,
        {.on_connected = [&] { connected = true; }, .on_disconnected = {}, .on_event = {}});
    client.start();
    run_until([&] { return connected; });
    std::error_code code;
    client.request(management::Hello{}, 10ms, [&](const Result<management::HelloReply>& reply) {
        ASSERT_FALSE(reply);
        code = reply.error().code;
    });
    run_until([&] { return bool(code); });
    EXPECT_EQ(code, make_error_code(Errc::TimedOut));
}

TEST_F(ChannelTest, AMalformedFrameClosesTheConnection) {
    const auto path = socket_path("garbage");
    int closed = 0;
    UnixServer server(io, path,
                      {.on_open = {},
                       .on_frame = [](const auto&, const Frame&) { FAIL(); },
                       .on_close = [&](const auto&, const Error&) { ++closed; }});
    ASSERT_TRUE(server.listen());
    Channel::Socket socket(io);
    socket.connect(boost::asio::local::stream_protocol::endpoint(path.string()));
    const std::vector<std::byte> garbage(64, std::byte{0xfe});
    socket.send(boost::asio::buffer(garbage));
    run_until([&] { return closed == 1; });
    EXPECT_EQ(server.channel_count(), 0U);
}

TEST_F(ChannelTest, ConnectionsPastTheLimitAreClosed) {
    const auto path = socket_path("full");
    int opened = 0;
    UnixServer server(io, path,
                      {.on_open = [&](const auto&) { ++opened; },
                       .on_frame = [](const auto&, const Frame&) {},
                       .on_close = {}},
                      {.channels = 2});
    ASSERT_TRUE(server.listen());
    std::vector<Channel::Socket> sockets;
    for (int i = 0; i < 3; ++i) {
        sockets.emplace_back(io).connect(
            boost::asio::local::stream_protocol::endpoint(path.string()));
    }
    bool refused = false;
    std::array<std::byte, 1> byte{};
    sockets[2].async_receive(boost::asio::buffer(byte),
                             [&](const auto& error, std::size_t) { refused = bool(error); });
    run_until([&] { return refused; });
    EXPECT_EQ(opened, 2);
    sockets[0].close();
    run_until([&] { return server.channel_count() == 1; });
    sockets.emplace_back(io).connect(boost::asio::local::stream_protocol::endpoint(path.string()));
    run_until([&] { return opened == 3; });
}

TEST_F(ChannelTest, APeerThatSaysNothingIsClosed) {
    const auto path = socket_path("silent");
    int frames = 0;
    std::vector<std::error_code> closed;
    UnixServer server(
        io, path,
        {.on_open = {},
         .on_frame = [&](const auto&, const Frame&) { ++frames; },
         .on_close = [&](const auto&, const Error& why) { closed.push_back(why.code); }},
        {.first_frame = 50ms});
    ASSERT_TRUE(server.listen());
    const boost::asio::local::stream_protocol::endpoint endpoint(path.string());
    Channel::Socket speaks(io);
    speaks.connect(endpoint);
    const auto hello = encode_message(1, management::Hello{});
    speaks.send(boost::asio::buffer(hello));
    run_until([&] { return frames == 1; });
    Channel::Socket mute(io);
    mute.connect(endpoint);
    mute.send(boost::asio::buffer(hello, hello.size() - 1));
    run_until([&] { return !closed.empty(); });
    EXPECT_EQ(closed, std::vector{make_error_code(Errc::TimedOut)});
    EXPECT_EQ(server.channel_count(), 1U) << "the one that spoke stays";
}

TEST_F(ChannelTest, ASecondServerOnALivingSocketIsRefused) {
    const auto path = socket_path("taken");
    UnixServer first(io, path,
                     {.on_open = {}, .on_frame = [](const auto&, const Frame&) {}, .on_close = {}});
    ASSERT_TRUE(first.listen());
    UnixServer second(
        io, path, {.on_open = {}, .on_frame = [](const auto&, const Frame&) {}, .on_close = {}});
    const auto status = second.listen();
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().text().find("another process"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::ipc
