// SPDX-License-Identifier: BSD-2-Clause
// Answerer: the called side (UAS): rings and answers at once, repeats the 200 until its ACK.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <string>

#include "tests/bench/sip_load/figures.hpp"
#include "tests/bench/sip_load/retry_queue.hpp"
#include "tests/bench/sip_load/texts.hpp"
#include "tests/bench/sip_load/udp_batch.hpp"

namespace portcullis::bench {

// One thread. Knows of a call only until its ACK has come; requests of the past are known by a hash
// of their branch, so that a repeated one is seen as such.
class Answerer {
 public:
    Answerer(UdpBatch& socket, AnswererTexts texts) : socket_(socket), texts_(std::move(texts)) {}

    void begin_step(Figures& figures);
    void on_message(const Scan& message, const Address& from, Instant now);
    void poll(Instant now);
    // Forgets every call; 200s without an ACK count as failed.
    void abandon();
    [[nodiscard]] std::size_t pending() const { return unacknowledged_.size(); }

 private:
    struct Answered {
        std::string text;
        Address to;
    };
    using CallHash = std::uint64_t;

    void on_invite(const Scan& invite, CallHash call, const Address& from, Instant now);

    UdpBatch& socket_;
    AnswererTexts texts_;
    Figures* figures_ = nullptr;
    boost::unordered_flat_map<CallHash, Answered> unacknowledged_;
    boost::unordered_flat_set<std::uint64_t> seen_;  // INVITEs and BYEs of this step
    RetryQueue<CallHash> retries_;
};

}  // namespace portcullis::bench
