// SPDX-License-Identifier: BSD-2-Clause
// Answerer: the called side (UAS): rings and answers at once, or as the call's plan has it; repeats
// final responses until their ACK.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <string>

#include "tests/bench/sip_load/delay_queue.hpp"
#include "tests/bench/sip_load/figures.hpp"
#include "tests/bench/sip_load/mix.hpp"
#include "tests/bench/sip_load/retry_queue.hpp"
#include "tests/bench/sip_load/texts.hpp"
#include "tests/bench/sip_load/udp_batch.hpp"

namespace portcullis::bench {

// One thread. Knows of a call until its ACK has come, and of those answered that they are open;
// requests of the past are known by a hash of their branch, so that a repeated one is seen as such.
class Answerer {
 public:
    Answerer(UdpBatch& socket, AnswererTexts texts, const Mix& mix)
        : socket_(socket), texts_(std::move(texts)), mix_(mix) {}

    void begin_step(Figures& figures);
    void on_message(const Scan& message, std::string_view bytes, const Address& from, Instant now);
    void poll(Instant now);
    [[nodiscard]] std::optional<Instant> next() const { return delays_.next(); }
    // Forgets every call; final responses without an ACK count as failed.
    void abandon();
    [[nodiscard]] std::size_t pending() const { return unacknowledged_.size() + waiting_.size(); }
    // Calls that were answered and not ended: half a call each, once the caller has none.
    [[nodiscard]] std::size_t open() const { return open_.size(); }

 private:
    struct Answered {
        std::string text;
        Address to;
    };
    // An INVITE that has no final response yet.
    struct Waiting {
        std::string invite;
        Address from;
        Plan plan;
    };
    using CallHash = std::uint64_t;

    void on_invite(const Scan& invite, std::string_view bytes, CallHash call, const Address& from,
                   Instant now);
    void on_reinvite(const Scan& invite, CallHash call, const Address& from, Instant now);
    void on_repeated_invite(const Scan& invite, CallHash call, const Address& from);
    void on_cancel(const Scan& cancel, CallHash call, const Address& from, Instant now);
    void ok(const Scan& request, CallHash call, const Address& from);
    void ring(const Scan& invite, CallHash call, const Address& from);
    // The final response of a call that waits.
    void finish(CallHash call, int status, Instant now);
    void keep(CallHash call, std::string_view answer, const Address& to, Instant now);
    [[nodiscard]] static std::uint32_t tag_of(CallHash call) {
        return static_cast<std::uint32_t>(call);
    }

    UdpBatch& socket_;
    AnswererTexts texts_;
    Mix mix_;
    Figures* figures_ = nullptr;
    boost::unordered_flat_map<CallHash, Answered> unacknowledged_;
    boost::unordered_flat_map<CallHash, Waiting> waiting_;
    boost::unordered_flat_set<CallHash> open_;
    boost::unordered_flat_set<std::uint64_t> seen_;  // INVITEs and BYEs of this step
    RetryQueue<CallHash> retries_;
    DelayQueue<CallHash> delays_;
};

}  // namespace portcullis::bench
