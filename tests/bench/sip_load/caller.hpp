// SPDX-License-Identifier: BSD-2-Clause
// Caller: the calling side (UAC): starts calls, acknowledges, ends them, retransmits.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/sip_load/delay_queue.hpp"
#include "tests/bench/sip_load/figures.hpp"
#include "tests/bench/sip_load/mix.hpp"
#include "tests/bench/sip_load/retry_queue.hpp"
#include "tests/bench/sip_load/texts.hpp"
#include "tests/bench/sip_load/udp_batch.hpp"

namespace portcullis::bench {

// One thread. A call is INVITE, ACK and, unless calls are held, BYE right behind the ACK; with a
// mix, what its plan says.
class Caller {
 public:
    // `max_calls`: over the whole run; start() beyond it does nothing.
    Caller(UdpBatch& socket, const Address& target, CallerTexts texts, const Mix& mix,
           std::uint32_t max_calls);

    // A new step: calls that are not over yet count there as failed nowhere.
    void begin_step(Figures& figures) { figures_ = &figures; }
    void hold(bool held) { held_ = held; }
    // False when all calls were used.
    bool start(Instant now);
    void on_message(const Scan& message, Instant now);
    // Does what is due: retransmits, gives up, cancels, ends.
    void poll(Instant now);
    // When poll() has something to do next, retransmissions apart.
    [[nodiscard]] std::optional<Instant> next() const { return delays_.next(); }
    // Sends BYE on up to `count` held calls; returns how many are left.
    std::size_t release(std::size_t count, Instant now);

    [[nodiscard]] std::uint32_t pending() const { return pending_; }  // not over, and not held
    [[nodiscard]] std::size_t established() const { return holding_.size(); }
    // Calls that are still open count as failed; late answers to them are ignored.
    void abandon();
    // A line for each call: Call-ID, final status of its INVITE (0: none), name of its story.
    void list(std::FILE* file) const;

 private:
    enum class State : std::uint8_t {
        Unused,
        Calling,
        Proceeding,
        Held,
        Talking,
        Reinviting,
        Ending,
        Over
    };
    struct Call {
        Instant invited;
        std::string request;  // in the dialog; kept while it may have to be sent again
        std::uint16_t status = 0;
        State state = State::Unused;
        bool rang = false;
        bool cancelled = false;  // its CANCEL has been sent
        bool agreed = false;     // and answered
    };

    // What waits for an answer.
    enum class Sent : std::uint8_t { Invite, Cancel, Reinvite, Bye };
    struct Wait {
        std::uint32_t id = 0;
        Sent sent = Sent::Invite;
    };

    [[nodiscard]] static bool waits(const Call& call) {
        return call.state == State::Calling || call.state == State::Proceeding;
    }
    void on_invite_response(std::uint32_t id, Call& call, const Scan& answer, Instant now);
    void on_provisional(std::uint32_t id, Call& call, const Scan& answer, Instant now);
    void on_bye_response(Call& call, const Scan& answer);
    void acknowledge(std::uint32_t id, const Scan& answer);
    void on_answered(std::uint32_t id, Call& call, const Scan& answer, Instant now);
    void on_refused(std::uint32_t id, Call& call, int status);
    void send_later(std::uint32_t id, Call& call, Instant now);
    void send_request(std::uint32_t id, Call& call, Instant now);
    void send_cancel(std::uint32_t id, Call& call, Instant now);
    void act(std::uint32_t id, Instant now);
    bool retry(Wait wait);
    void give_up(Wait wait);
    void end(Call& call);
    void fail(Call& call, int status);

    UdpBatch& socket_;
    Address target_;
    CallerTexts texts_;
    Mix mix_;
    Figures* figures_ = nullptr;
    std::vector<Call> calls_;
    std::vector<std::uint32_t> holding_;
    std::uint32_t next_ = 0;
    std::uint32_t pending_ = 0;
    bool held_ = false;
    RetryQueue<Wait> retries_;
    DelayQueue<std::uint32_t> delays_;
};

}  // namespace portcullis::bench
