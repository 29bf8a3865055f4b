// SPDX-License-Identifier: BSD-2-Clause
// Two shards on two threads share the interfaces: every message reaches its owner.
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>
#include <thread>

#include "signaling/transport/response_route.hpp"
#include "tests/unit/transport/support.hpp"

namespace portcullis::transport::testing {
namespace {

namespace asio = boost::asio;

// What one shard's thread owns; the other reaches it by post() only.
struct ShardRig {
    asio::io_context io;
    std::optional<TransportLayer> layer;
    std::thread thread;
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};

    // Runs `job` on the shard's thread and waits for its result.
    template <class Job>
    auto run(Job job) {
        std::promise<decltype(job())> promise;
        auto result = promise.get_future();
        asio::post(io, [&] { promise.set_value(job()); });
        return result.get();
    }
};

class Shards : public ::testing::Test {
 protected:
    struct Seen {
        ShardId shard;
        sip::MessagePtr message;
        Source source;
    };

    void SetUp() override {
        here_ = free_endpoint();
        for (std::uint16_t i = 0; i < 2; ++i) make_shard(i);
        for (auto& rig : rigs_) rig.thread = std::thread([&rig] { rig.io.run(); });
        for (auto& rig : rigs_) {
            const bool bound_it = rig.run([&] {
                return bool(rig.layer->configure(
                    {{"core", here_, {TransportKind::Udp, TransportKind::Tcp}}}));
            });
            ASSERT_TRUE(bound_it);
        }
    }
    void TearDown() override {
        for (auto& rig : rigs_) {
            rig.run([&] {
                rig.layer.reset();
                return true;
            });
            rig.work.reset();
        }
        for (auto& rig : rigs_) rig.thread.join();
    }
    void make_shard(std::uint16_t index) {
        TransportHandlers handlers;
        handlers.on_message = [this, index](sip::MessagePtr message, const Source& source) {
            const std::lock_guard lock(mutex_);
            seen_.push_back({ShardId{index}, std::move(message), source});
        };
        handlers.post_to_shard = [this](ShardId to, std::string raw, const Source& source) {
            ++posted_;
            ShardRig& rig = rigs_[to.value];
            asio::post(rig.io, [&rig, raw = std::move(raw), source]() mutable {
                if (rig.layer) rig.layer->receive_raw(std::move(raw), source);
            });
        };
        handlers.post_send = [this](ShardId to, const Destination& where, sip::MessagePtr message,
                                    SendHandler on_failure) {
            ShardRig& rig = rigs_[to.value];
            asio::post(rig.io, [&rig, where, message = std::move(message), on_failure] {
                if (rig.layer) rig.layer->send(where, message, on_failure);
            });
        };
        rigs_[index].layer.emplace(rigs_[index].io, ShardId{index}, router_, TransportLimits{},
                                   handlers);
    }
    std::vector<Seen> wait_for(std::size_t count) {
        const auto end = std::chrono::steady_clock::now() + 5s;
        for (;;) {
            {
                const std::lock_guard lock(mutex_);
                if (seen_.size() >= count || std::chrono::steady_clock::now() > end) return seen_;
            }
            std::this_thread::yield();
        }
    }

    Endpoint here_;
    shard::ShardRouter router_{shard::SlotTable(2)};
    ShardRig rigs_[2];
    std::mutex mutex_;
    std::vector<Seen> seen_;
    std::atomic<int> posted_ = 0;
};

TEST_F(Shards, EveryMessageReachesItsOwnerWhoeverReceivesIt) {
    constexpr std::size_t kCount = 400;
    std::vector<Peer> peers;
    for (int i = 0; i < 40; ++i) peers.push_back(Peer::udp());
    for (std::size_t i = 0; i < kCount; ++i) {
        peers[i % 40].send_to(here_, request_text("call" + std::to_string(i)));
    }
    const auto seen = wait_for(kCount);
    ASSERT_EQ(seen.size(), kCount);
    std::size_t on_first = 0;
    for (const auto& one : seen) {
        EXPECT_EQ(router_.owner(one.message->bytes(), ShardId{0}), one.shard);
        EXPECT_EQ(one.source.interface, "core");
        if (one.shard == ShardId{0}) ++on_first;
    }
    EXPECT_GT(on_first, kCount / 4);
    EXPECT_LT(on_first, kCount * 3 / 4);
    EXPECT_GT(posted_, 0);
    EXPECT_LT(posted_, static_cast<int>(kCount));
}

TEST_F(Shards, AFlowIsUsedFromAnyShard) {
    std::vector<Peer> peers;
    constexpr std::size_t kCount = 30;
    for (std::size_t i = 0; i < kCount; ++i) {
        peers.push_back(Peer::tcp(here_));
        peers.back().send(tcp_request("flow" + std::to_string(i)));
    }
    const auto seen = wait_for(kCount);
    ASSERT_EQ(seen.size(), kCount);
    std::size_t foreign = 0;
    for (const auto& one : seen) {
        if (one.source.flow.shard != one.shard.value) ++foreign;
        ShardRig& rig = rigs_[one.shard.value];
        rig.run([&] {
            rig.layer->send(reply_to(one.source), one.message, {});
            return true;
        });
    }
    EXPECT_GT(foreign, 0U);
    for (std::size_t i = 0; i < kCount; ++i) {
        pollfd wait{peers[i].fd(), POLLIN, 0};
        ASSERT_EQ(::poll(&wait, 1, 5000), 1);
        peers[i].receive();
        EXPECT_NE(peers[i].text.find("Call-ID: flow" + std::to_string(i) + "\r\n"),
                  std::string::npos);
    }
}

// 18.2.2: the response goes to the sent-by port, whichever shard the connection was of.
TEST_F(Shards, AFlowThatIsGoneIsToldToTheShardThatAsked) {
    PeerListener sent_by;
    std::vector<Peer> peers;
    constexpr std::size_t kCount = 20;
    for (std::size_t i = 0; i < kCount; ++i) {
        peers.push_back(Peer::tcp(here_));
        peers.back().send(
            request_text("gone" + std::to_string(i), {}, "TCP " + sent_by.endpoint().text()));
    }
    const auto seen = wait_for(kCount);
    ASSERT_EQ(seen.size(), kCount);
    for (auto& peer : peers) peer.reset();
    std::size_t foreign = 0;
    for (const auto& one : seen) {
        ShardRig& owner = rigs_[one.source.flow.shard];
        while (owner.run([&] { return owner.layer->is_alive(one.source.flow); })) {
            std::this_thread::yield();
        }
        if (one.source.flow.shard == one.shard.value) continue;
        ++foreign;
        ShardRig& rig = rigs_[one.shard.value];
        std::promise<std::thread::id> failed_on;
        const auto route = route_response(*one.message, one.source);
        rig.run([&] {
            rig.layer->send(route.first, one.message, [&](const Error&) {
                rig.layer->send(*route.fallback, one.message, {});
                failed_on.set_value(std::this_thread::get_id());
            });
            return true;
        });
        auto result = failed_on.get_future();
        ASSERT_EQ(result.wait_for(5s), std::future_status::ready);
        EXPECT_EQ(result.get(), rig.thread.get_id());
    }
    EXPECT_GT(foreign, 0U);
    const auto end = std::chrono::steady_clock::now() + 5s;
    UniqueFd connection;
    while (!connection && std::chrono::steady_clock::now() < end) connection = sent_by.accept();
    EXPECT_TRUE(connection);
}

}  // namespace
}  // namespace portcullis::transport::testing
