// SPDX-License-Identifier: BSD-2-Clause
// Tombstones: INVITEs of ours whose call is over or has chosen another fork, kept so that a late
// 2xx is ACKed and ended instead of leaving the far side with half a call (RFC 3261 13.2.2.4).
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "signaling/b2bua/call_environment.hpp"
#include "signaling/shard/timer_wheel.hpp"

namespace portcullis::b2bua {

// One per shard. `send_ack` and `send_bye` are the shard's; both are called from refuse() only.
// `is_live` tells whether an INVITE's client transaction still exists: its tombstone outlives it.
class Tombstones {
 public:
    using Send = std::function<void(sip::MessagePtr, const transport::Destination&)>;
    using IsLive = std::function<bool(transaction::ClientId)>;

    Tombstones(const Clock& clock, shard::TimerWheel& wheel, shard::Slot slot, Send send_ack,
               Send send_bye, IsLive is_live)
        : clock_(clock),
          wheel_(wheel),
          slot_(slot),
          send_ack_(std::move(send_ack)),
          send_bye_(std::move(send_bye)),
          is_live_(std::move(is_live)) {}

    // 64*T1 as configured; for tombstones from now on.
    void set_life(Duration life) { life_ = life; }
    [[nodiscard]] Duration life() const { return life_; }

    // A tombstone of the same INVITE is replaced, and keeps its time.
    void bury(Tombstone tombstone);

    enum class Met : std::uint8_t { None, Kept, Refused };
    // A 2xx that no call wants: of the dialog that a call keeps, of another one, or unknown here.
    // `kept`: where the kept dialog's ACK goes by now; null: where it went at first.
    Met meet(transaction::ClientId invite, const sip::Message& response,
             const transport::Destination* kept = nullptr);
    Met meet_stray(const sip::Message& response);

    // ACKs `response`, and sends a BYE the first time its dialog is seen.
    void refuse(const Tombstone& tombstone, const sip::Message& response);

    // Whether a request of the far side names a tombstone's dialog: its BYE may cross ours.
    [[nodiscard]] bool knows(const sip::Message& request) const;

    [[nodiscard]] std::size_t size() const { return graves_.size(); }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
    struct Grave {
        Tombstone tombstone;
        std::set<std::string, std::less<>> ended_tags;
    };

    void schedule_end(transaction::ClientId id);
    Met refuse(Grave& grave, const sip::Message& response);
    void end_dialog(const Tombstone& tombstone, const sip::Message& response, bool with_bye);
    static std::string stray_key(std::string_view call_id, std::string_view our_tag);
    static std::string stray_key(const sip::Message& message);

    const Clock& clock_;
    shard::TimerWheel& wheel_;
    shard::Slot slot_;
    Send send_ack_;
    Send send_bye_;
    IsLive is_live_;
    Duration life_ = std::chrono::seconds(32);
    std::unordered_map<transaction::ClientId, Grave> graves_;
    std::unordered_map<std::string, transaction::ClientId> by_dialog_;
    std::uint64_t refused_ = 0;
};

}  // namespace portcullis::b2bua
