// SPDX-License-Identifier: BSD-2-Clause
// Caller: the calling side (UAC): starts calls, acknowledges, ends them, retransmits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/sip_load/figures.hpp"
#include "tests/bench/sip_load/retry_queue.hpp"
#include "tests/bench/sip_load/texts.hpp"
#include "tests/bench/sip_load/udp_batch.hpp"

namespace portcullis::bench {

// One thread. A call is INVITE, ACK and, unless calls are held, BYE right behind the ACK.
class Caller {
 public:
    // `max_calls`: over the whole run; start() beyond it does nothing.
    Caller(UdpBatch& socket, const Address& target, CallerTexts texts, std::uint32_t max_calls);

    // A new step: calls that are not over yet count there as failed nowhere.
    void begin_step(Figures& figures) { figures_ = &figures; }
    void hold(bool held) { held_ = held; }
    // False when all calls were used.
    bool start(Instant now);
    void on_message(const Scan& message, Instant now);
    // Retransmits and gives up.
    void poll(Instant now);
    // Sends BYE on up to `count` held calls; returns how many are left.
    std::size_t release(std::size_t count, Instant now);

    [[nodiscard]] std::uint32_t pending() const { return pending_; }  // not over, and not held
    [[nodiscard]] std::size_t established() const { return holding_.size(); }
    // Calls that are still open count as failed; late answers to them are ignored.
    void abandon();

 private:
    enum class State : std::uint8_t { Unused, Calling, Proceeding, Held, Ending, Over };
    struct Call {
        Instant invited;
        std::string bye;  // kept while it may have to be sent again
        State state = State::Unused;
        bool rang = false;
    };

    // For the answer to a call's INVITE, or to its BYE.
    struct Wait {
        std::uint32_t id = 0;
        bool bye = false;
    };

    void on_invite_response(std::uint32_t id, Call& call, const Scan& answer, Instant now);
    void on_answered(std::uint32_t id, Call& call, const Scan& answer, Instant now);
    void acknowledge(std::uint32_t id, const Scan& answer);
    void send_bye(std::uint32_t id, Call& call, Instant now);
    bool retry(Wait wait);
    void give_up(Wait wait);
    void fail(Call& call, int status);

    UdpBatch& socket_;
    Address target_;
    CallerTexts texts_;
    Figures* figures_ = nullptr;
    std::vector<Call> calls_;
    std::vector<std::uint32_t> holding_;
    std::uint32_t next_ = 0;
    std::uint32_t pending_ = 0;
    bool held_ = false;
    RetryQueue<Wait> retries_;
};

}  // namespace portcullis::bench
