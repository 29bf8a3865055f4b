// SPDX-License-Identifier: BSD-2-Clause
// CallManager: owns the calls of one shard and gives them their environment.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/keyed_hash.hpp"
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/errands.hpp"
#include "signaling/b2bua/tombstones.hpp"
#include "signaling/checkpoint/checkpoint_store.hpp"
#include "signaling/record/record_writer.hpp"
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis::b2bua {

// What the manager is built on; all outlive it. `transactions` is set after construction, since the
// layer needs its user first.
struct ManagerParts {
    const Clock& clock;
    shard::TimerWheel& wheel;
    MediaRelay& relay;
    policy::Admission& admission;
    record::RecordFeed& records;
    checkpoint::CheckpointStore& checkpoints;
    shard::Slot slot;
    ShardId shard;
    std::uint32_t boot_epoch = 0;        // seconds; makes call ids unique over restarts
    locate::Locator* locator = nullptr;  // null: gateways have addresses only
    trunk::TrunkView* trunks = nullptr;  // null: every gateway is taken to be there
};

struct CallCounters {
    std::uint64_t attempts = 0;  // INVITEs of a classified source
    std::uint64_t answered = 0;
    std::uint64_t failed_4xx = 0;
    std::uint64_t failed_5xx = 0;
    std::uint64_t failed_6xx = 0;
    std::uint64_t recovered = 0;
    std::uint64_t unrecoverable = 0;
    std::uint64_t checkpoint_failures = 0;
    std::uint64_t loops = 0;
};

// One per shard, its thread only. A finished call is destroyed at the end of the event that
// finished it, never under its own feet.
class CallManager final : public CallEnvironment {
 public:
    explicit CallManager(const ManagerParts& parts);
    ~CallManager() override;

    void attach(transaction::TransactionLayer& transactions) { transactions_ = &transactions; }
    void configure(ConfigPtr config);

    Call& create(CallSetup setup);
    // Rebuilds the calls of a checkpoint. `end_all`: after a power loss nobody is there any more;
    // the calls are rebuilt only to be ended and recorded.
    void recover(const checkpoint::CheckpointStore& store, bool end_all);

    [[nodiscard]] Call* find(CallId id);
    [[nodiscard]] Call* find(transaction::ClientId id);
    [[nodiscard]] Call* find(transaction::ServerId id);
    void bind(transaction::ServerId id, CallId call) { by_server_[id] = call; }
    void unbind(transaction::ServerId id) { by_server_.erase(id); }
    void unbind(transaction::ClientId id) {
        by_client_.erase(id);
        errands_.forget(id);
    }
    // For what is passed outside of calls, as for calls.
    [[nodiscard]] Leg make_leg(const transport::Source& source, const std::string& realm,
                               const std::string& trunk) const {
        return uas_leg(*config_, parts_.slot, source, realm, trunk);
    }
    [[nodiscard]] std::optional<Leg> make_leg(const policy::Target& target) const {
        return uac_leg(*config_, parts_.slot, target);
    }
    void locate(const config::GatewayUri& gateway, locate::LocateHandler handler);
    void for_each(const std::function<void(Call&)>& visit);
    // The `limit` smallest ids above `after`, in order: one page of a list.
    [[nodiscard]] std::vector<CallId> ids_after(CallId after, std::size_t limit) const;
    // Destroys what finished; called at the end of every event from outside.
    void reap();

    struct Watched {
        CallId call;
        Side side;
    };
    [[nodiscard]] std::optional<Watched> watched(std::string_view sip_call_id) const;
    // A record of an INVITE that never became a call.
    void write_record(record::CallRecord record, std::vector<CallEvent> story);

    [[nodiscard]] std::size_t size() const { return calls_.size(); }
    [[nodiscard]] Tombstones& tombstones() { return tombstones_; }
    [[nodiscard]] Errands& errands() { return errands_; }
    [[nodiscard]] CallCounters& counters() { return counters_; }
    [[nodiscard]] MediaRelay& media() { return parts_.relay; }
    [[nodiscard]] std::string next_call_text() { return text(next_id()); }
    [[nodiscard]] static std::string text(CallId id);
    [[nodiscard]] static std::optional<CallId> parse(std::string_view text);

    // CallEnvironment
    [[nodiscard]] const Clock& clock() const override { return parts_.clock; }
    [[nodiscard]] shard::Slot slot() const override { return parts_.slot; }
    [[nodiscard]] ConfigPtr config() const override { return config_; }
    [[nodiscard]] policy::Admission& admission() override { return parts_.admission; }
    [[nodiscard]] dialog::DialogTable& dialogs() override { return dialogs_; }
    [[nodiscard]] LoopGuard& loops() override { return loops_; }
    [[nodiscard]] sdp::SessionReader& session_reader() override { return session_reader_; }
    void report_loop(CallId call) override;
    [[nodiscard]] TrunkCredentials* credentials(std::string_view trunk) override;
    [[nodiscard]] const trunk::TrunkStates& trunk_states() const override;
    void report(trunk::Report report) override;
    void locate(CallId call, std::uint32_t token, const config::GatewayUri& gateway) override;
    void locate_hop(CallId call, Side side, const config::GatewayUri& hop) override;
    void respond(transaction::ServerId id, sip::MessagePtr response) override;
    [[nodiscard]] transaction::ClientId send_request(
        CallId call, sip::MessagePtr request, const transport::Destination& destination) override;
    void cancel(transaction::ClientId invite,
                const std::vector<transaction::ExtraHeader>& extra) override;
    void send_ack(sip::MessagePtr ack, const transport::Destination& destination) override;
    void send_and_forget(sip::MessagePtr request, const transport::Destination& destination,
                         std::string_view trunk) override;
    void relay(CallId call, std::uint32_t token, RelayRequest request) override;
    void release_media(CallId call, SessionId session) override;
    void start_timer(CallId call, CallTimer timer, Duration after) override;
    void stop_timer(CallId call, CallTimer timer) override;
    void watch(CallId call, Side side, const std::string& sip_call_id) override;
    void bury(Tombstone tombstone) override;
    [[nodiscard]] bool meet_late_answer(transaction::ClientId invite, const sip::Message& response,
                                        const transport::Destination* kept) override {
        return tombstones_.meet(invite, response, kept) == Tombstones::Met::Refused;
    }
    void refuse_fork(const Tombstone& tombstone, const sip::Message& response) override {
        tombstones_.refuse(tombstone, response);
    }
    [[nodiscard]] std::optional<ReplacedDialog> find_replaced(
        const sip::DialogReference& named) override;
    [[nodiscard]] std::optional<dialog::DialogId> other_dialog(
        const ReplacedDialog& named) override;
    [[nodiscard]] std::optional<Leg> lend_leg(const ReplacedDialog& named, CallId to) override;
    [[nodiscard]] policy::CallToken keep_leg(CallId lender) override;
    [[nodiscard]] bool return_leg(CallId lender, const Leg& leg, bool lost) override;
    [[nodiscard]] bool hand_on(CallId to, transaction::ServerId id, const sip::MessagePtr& request,
                               const transport::Source& source) override;
    void save_checkpoint(CallId call) override;
    void finish(CallId call, record::CallRecord record) override;

 private:
    void locate_for(CallId call, const config::GatewayUri& uri,
                    const std::function<void(Call&, const Result<locate::Answer>&)>& handler);
    struct Entry {
        std::unique_ptr<Call> call;
        std::array<shard::TimerId, kCallTimers> timers{};
        std::vector<Fingerprint> sip_call_ids;
    };

    void update_accounts();
    [[nodiscard]] CallId next_id();
    void count(const record::CallRecord& record);
    void forget_call_ids(CallId call, std::vector<Fingerprint> ids);

    ManagerParts parts_;
    transaction::TransactionLayer* transactions_ = nullptr;
    ConfigPtr config_;
    dialog::DialogTable dialogs_;
    struct Account {
        config::TrunkAuthenticationConfig config;
        TrunkCredentials credentials;
    };
    std::map<std::string, Account, std::less<>> accounts_;
    Tombstones tombstones_;
    Errands errands_;
    LoopGuard loops_;
    sdp::SessionReader session_reader_;
    std::unordered_map<CallId, Entry> calls_;
    std::unordered_map<transaction::ClientId, CallId> by_client_;
    std::unordered_map<transaction::ServerId, CallId> by_server_;
    std::unordered_map<Fingerprint, Watched, FingerprintHash> watched_;  // by SIP Call-ID
    std::vector<CallId> finished_;
    std::uint32_t sequence_ = 0;
    CallCounters counters_;
};

}  // namespace portcullis::b2bua
