// SPDX-License-Identifier: BSD-2-Clause
// Shard: one thread of signaling and everything it owns: sockets, transactions, dialogs, calls.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "signaling/b2bua/core.hpp"
#include "signaling/locate/shard_locator.hpp"
#include "signaling/media/relay_client.hpp"
#include "signaling/shard/shard_router.hpp"
#include "signaling/transaction/transaction_layer.hpp"
#include "signaling/transport/handshake_pool.hpp"
#include "signaling/transport/transport_layer.hpp"
#include "signaling/trunk/trunk_service.hpp"
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis {

// Reached from other shards by post() alone.
class Shard;
using Shards = std::vector<std::unique_ptr<Shard>>;

struct ShardOptions {
    ShardId id;
    std::filesystem::path checkpoint_file;
    std::filesystem::path relay_socket;
    std::uint32_t boot_epoch = 0;  // seconds
    bool power_was_lost = false;   // the checkpoint is of another boot of the machine
    std::shared_ptr<auth::SourceThrottle> throttle{};  // of all shards
    transport::HandshakePool* handshakes = nullptr;    // outlives run() to stop(); none: done here
};

// Owns its thread from run() to stop(). Members are used from that thread only; before run() the
// thread that makes the shard may use them.
class Shard {
 public:
    // `router`, `admission`, `records` and `dns` outlive the shard; `peers` is complete before
    // run().
    Shard(const ShardOptions& options, const shard::ShardRouter& router, shard::Slot slot,
          policy::Admission& admission, record::RecordFeed& records, locate::Engine& dns,
          const Shards& peers);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    // Opens the checkpoint and rebuilds its calls once a configuration is there.
    [[nodiscard]] Status open();
    // Takes over the calls of a shard that no longer exists; after open(), before run().
    [[nodiscard]] Status adopt(const checkpoint::CheckpointStore& orphan);
    void run();
    void stop();
    void post(std::function<void()> task);
    // Removes our registrations at trunks, where this shard keeps them: waits until the registrars
    // have answered, and no longer than `limit`. Between run() and stop(), not on the shard's
    // thread.
    void leave_trunks(Duration limit);

    // The rest: on the shard's thread, or before run().

    // What keeps each interface that could not be bound, by its name; empty: all can be.
    using Obstacles = std::vector<std::pair<std::string, Error>>;
    [[nodiscard]] Obstacles try_configure(const b2bua::ConfigSnapshot& config) const;
    [[nodiscard]] Status configure(const b2bua::ConfigPtr& config,
                                   transport::Unbindable unbindable);

    [[nodiscard]] b2bua::CallManager& calls() { return calls_; }
    [[nodiscard]] const b2bua::Core& core() const { return core_; }
    [[nodiscard]] const transport::TransportLayer& transport() const { return transport_; }
    [[nodiscard]] const transaction::TransactionLayer& transactions() const {
        return transactions_;
    }
    [[nodiscard]] const media::RelayClient& relay() const { return relay_; }
    [[nodiscard]] locate::ShardLocator& locator() { return locator_; }
    [[nodiscard]] trunk::TrunkView& trunks() { return trunk_view_; }
    // On the first shard only; elsewhere nullptr.
    [[nodiscard]] const trunk::TrunkService* trunk_service() const { return trunk_service_.get(); }
    [[nodiscard]] std::size_t timers() const { return wheel_.size(); }
    [[nodiscard]] ShardId id() const { return options_.id; }

 private:
    void on_message(const sip::MessagePtr& message, const transport::Source& source);
    void on_wire(const transport::WireEvent& event);
    void offer_to_peers(const transport::WireEvent& event);
    bool log_message(const transport::WireEvent& event);
    void tick();
    void recover_once();
    [[nodiscard]] transport::TransportHandlers transport_handlers();
    [[nodiscard]] media::RelayHandlers relay_handlers();
    void start_trunk_service(shard::Slot slot);
    [[nodiscard]] static std::vector<transport::InterfaceSpec> interfaces(
        const b2bua::ConfigSnapshot& config);

    ShardOptions options_;
    const Shards& peers_;
    record::RecordFeed& records_;
    locate::Engine& dns_;
    SystemClock clock_;
    boost::asio::io_context io_{1};
    boost::asio::steady_timer ticker_{io_};
    shard::TimerWheel wheel_{clock_.now()};
    checkpoint::CheckpointStore checkpoints_;
    locate::ShardLocator locator_;
    transport::TransportLayer transport_;
    media::RelayClient relay_;
    b2bua::CallManager calls_;
    b2bua::Core core_;
    transaction::TransactionLayer transactions_;
    trunk::TrunkView trunk_view_;
    std::unique_ptr<trunk::TrunkService> trunk_service_;
    bool recovered_ = false;
    std::vector<transport::WireEvent> unclaimed_;  // of the message being handled
    std::thread thread_;
};

}  // namespace portcullis
