// SPDX-License-Identifier: BSD-2-Clause
// LoadRun: both sides on one thread, driven at a fixed rate, one step after the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/sip_load/answerer.hpp"
#include "tests/bench/sip_load/caller.hpp"

namespace portcullis::bench {

struct LoadOptions {
    std::string caller = "127.0.0.1:5070";    // address of the calling side
    std::string answerer = "127.0.0.1:5080";  // of the called side
    std::string target = "127.0.0.1:5060";    // where INVITEs go
    std::string called = "4930555";           // and seven digits
    std::vector<std::uint32_t> rates{1000};   // calls per second, a step each
    double warm_up_s = 0;                     // before each measured window
    double seconds = 3;                       // the window
    double drain_s = 2;                       // for what is not over then
    std::uint32_t hold = 0;  // instead of steps: so many calls, held until told on stdin
    std::uint32_t max_calls = 1'000'000;  // over all steps
    std::uint32_t calls = 0;              // instead of windows: so many calls in each step
    MixShares mix;
    std::uint64_t seed = 1;          // of the mix
    std::string answerer_namespace;  // path of the called side's network namespace; empty: this one
    std::string outcomes;            // file that gets a line for each call; empty: none
    bool stop_when_unclean = false;
};

// Prints a line of JSON for each event: "open" and "close" of a measured window, "result" of a
// step, "held". Open loop: a call starts when its time has come, whatever became of those before.
// While calls are held a line on stdin is an order: "more" holds as many again, any other (or the
// end of stdin) ends them all.
class LoadRun {
 public:
    // Errors: addresses, sockets.
    [[nodiscard]] static Result<std::unique_ptr<LoadRun>> create(const LoadOptions& options);
    // Errors: the file of outcomes.
    [[nodiscard]] Status run();

 private:
    LoadRun(const LoadOptions& options, UdpBatch caller_socket, UdpBatch answerer_socket,
            const Address& caller, const Address& answerer, const Address& target);

    void run_step(std::uint32_t rate);
    void print_result(std::uint32_t rate, std::uint64_t completed, std::size_t open) const;
    void run_hold();
    void establish();
    // Starts calls at `rate` for as long, or until `limit` have been started.
    void start_calls(std::uint32_t rate, std::chrono::nanoseconds length, std::uint64_t limit);
    void drain();
    [[nodiscard]] Status list_outcomes() const;
    [[nodiscard]] std::size_t pending() const;
    // One turn: takes what has arrived, answers, waits until `wake` at the latest if idle.
    void turn(Instant wake);
    std::size_t receive(UdpBatch& socket, bool calling, Instant now);

    LoadOptions options_;
    UdpBatch caller_socket_;
    UdpBatch answerer_socket_;
    Caller caller_;
    Answerer answerer_;
    Figures figures_;
    Instant last_received_;
    bool clean_ = true;
};

}  // namespace portcullis::bench
