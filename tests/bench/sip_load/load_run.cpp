// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/load_run.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <random>

namespace portcullis::bench {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr auto kPatience = 3ms;          // with nothing received, before sleeping
constexpr std::uint64_t kMaxBurst = 64;  // calls started at once when behind the schedule

std::chrono::nanoseconds seconds(double count) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(count * 1e9));
}

void print_line(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

std::string refusals_text(const Figures& figures) {
    std::string text;
    for (const auto& [status, count] : figures.refusals) {
        text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", status, count);
    }
    return text;
}

enum class Order : std::uint8_t { None, More, End };

Order read_order() {
    pollfd waited{STDIN_FILENO, POLLIN, 0};
    if (::poll(&waited, 1, 0) <= 0) return Order::None;
    std::array<char, 64> line{};
    const ssize_t size = ::read(STDIN_FILENO, line.data(), line.size());
    return size > 0 && line[0] == 'm' ? Order::More : Order::End;
}

}  // namespace

Result<std::unique_ptr<LoadRun>> LoadRun::create(const LoadOptions& options) {
    const auto caller = parse_address(options.caller);
    const auto answerer = parse_address(options.answerer);
    const auto target = parse_address(options.target);
    for (const auto* address : {&caller, &answerer, &target}) {
        if (!*address) return std::unexpected(address->error());
    }
    auto caller_socket = UdpBatch::open(*caller);
    if (!caller_socket) return std::unexpected(caller_socket.error());
    auto answerer_socket = UdpBatch::open(*answerer, options.answerer_namespace);
    if (!answerer_socket) return std::unexpected(answerer_socket.error());
    return std::unique_ptr<LoadRun>(new LoadRun(options, std::move(*caller_socket),
                                                std::move(*answerer_socket), *caller, *answerer,
                                                *target));
}

LoadRun::LoadRun(const LoadOptions& options, UdpBatch caller_socket, UdpBatch answerer_socket,
                 const Address& caller, const Address& answerer, const Address& target)
    : options_(options),
      caller_socket_(std::move(caller_socket)),
      answerer_socket_(std::move(answerer_socket)),
      caller_(caller_socket_, target,
              CallerTexts(caller, target, options.called, std::random_device{}()),
              Mix(options.mix, options.seed), options.max_calls),
      answerer_(answerer_socket_, AnswererTexts(answerer), Mix(options.mix, options.seed)) {}

Status LoadRun::run() {
    if (options_.hold != 0) {
        run_hold();
        return list_outcomes();
    }
    for (const auto rate : options_.rates) {
        run_step(rate);
        if (options_.stop_when_unclean && !clean_) break;
    }
    return list_outcomes();
}

Status LoadRun::list_outcomes() const {
    if (options_.outcomes.empty()) return {};
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen(options_.outcomes.c_str(), "w"), &std::fclose);
    if (!file) return fail_errno(errno, options_.outcomes);
    caller_.list(file.get());
    return {};
}

std::size_t LoadRun::pending() const { return caller_.pending() + answerer_.pending(); }

std::size_t LoadRun::receive(UdpBatch& socket, bool calling, Instant now) {
    const std::size_t count = socket.receive();
    for (std::size_t i = 0; i < count; ++i) {
        const auto message = scan(socket.bytes(i));
        if (!message) {
            ++figures_.not_understood;
        } else if (calling) {
            caller_.on_message(*message, now);
        } else {
            answerer_.on_message(*message, socket.bytes(i), socket.from(i), now);
        }
    }
    return count;
}

void LoadRun::turn(Instant wake) {
    auto now = SteadyClock::now();
    std::size_t received = receive(caller_socket_, true, now);
    received += receive(answerer_socket_, false, now);
    caller_.poll(now);
    answerer_.poll(now);
    caller_socket_.flush();
    answerer_socket_.flush();
    now = SteadyClock::now();
    if (received != 0) last_received_ = now;
    // Whoever sends to a sleeping process pays for waking it. The system under test would pay for
    // what costs nothing where its peers are other machines: so no sleep while calls are set up.
    if (pending() != 0 && now - last_received_ < kPatience) return;
    // A retransmission may be due though nothing arrives.
    for (const auto& due : {caller_.next(), answerer_.next()}) {
        if (due) wake = std::min(wake, *due);
    }
    const auto wait = std::min<std::chrono::nanoseconds>(wake - now, 20ms);
    if (wait <= 0ns) return;
    std::array<pollfd, 2> sockets{
        {{caller_socket_.fd(), POLLIN, 0}, {answerer_socket_.fd(), POLLIN, 0}}};
    const timespec limit{0, static_cast<long>(wait.count())};
    ::ppoll(sockets.data(), sockets.size(), &limit, nullptr);
}

void LoadRun::start_calls(std::uint32_t rate, std::chrono::nanoseconds length,
                          std::uint64_t limit) {
    const auto begin = SteadyClock::now();
    const auto interval = std::chrono::nanoseconds(1'000'000'000 / rate);
    for (std::uint64_t started = 0;;) {
        const auto now = SteadyClock::now();
        if (now - begin >= length || started >= limit) return;
        const auto due = static_cast<std::uint64_t>((now - begin) / interval) + 1;
        for (std::uint64_t burst = 0; started < std::min(due, limit) && burst < kMaxBurst;
             ++burst) {
            const auto late = now - (begin + started * interval);
            figures_.worst_delay_us =
                std::max(figures_.worst_delay_us,
                         static_cast<std::uint64_t>(
                             std::chrono::duration_cast<std::chrono::microseconds>(late).count()));
            if (!caller_.start(now)) return;
            ++started;
        }
        turn(begin + started * interval);
    }
}

// Until every call is over, at both sides unless they are held, but no longer than the options say.
void LoadRun::drain() {
    const auto until = SteadyClock::now() + seconds(options_.drain_s);
    const auto open = [this] { return options_.hold == 0 ? answerer_.open() : 0; };
    while (pending() + open() != 0 && SteadyClock::now() < until) turn(until);
}

void LoadRun::run_step(std::uint32_t rate) {
    constexpr auto kAll = ~std::uint64_t{0};
    figures_ = {};
    caller_.begin_step(figures_);
    answerer_.begin_step(figures_);
    start_calls(rate, seconds(options_.warm_up_s), kAll);
    // Delays are those of the window; failures and retransmissions also those of the warm-up.
    figures_.setup = {};
    figures_.ringing = {};
    const auto completed_before = figures_.completed;
    print_line(fmt::format(R"({{"event":"open","rate":{}}})", rate));
    if (options_.calls != 0) {
        start_calls(rate, std::chrono::hours(1), options_.calls);
    } else {
        start_calls(rate, seconds(options_.seconds), kAll);
    }
    const auto completed = figures_.completed - completed_before;
    print_line(fmt::format(R"({{"event":"close","completed":{}}})", completed));
    drain();
    const auto open = answerer_.open();
    caller_.abandon();
    answerer_.abandon();
    clean_ = figures_.clean() && open == 0;
    print_result(rate, completed, open);
}

void LoadRun::print_result(std::uint32_t rate, std::uint64_t completed, std::size_t open) const {
    print_line(fmt::format(
        R"({{"event":"result","rate":{},"clean":{},"window_completed":{},"started":{},"answered":{},)"
        R"("completed":{},"cancelled":{},"refused":{},"reinvited":{},"failed":{},"half_calls":{},)"
        R"("refusals":{{{}}},"retransmissions_sent":{},)"
        R"("retransmissions_received":{},"not_understood":{},"lost_sends":{},"setup_p50_us":{},)"
        R"("setup_p99_us":{},"ringing_p50_us":{},"worst_start_delay_us":{}}})",
        rate, clean_, completed, figures_.started, figures_.answered, figures_.completed,
        figures_.cancelled, figures_.refused, figures_.reinvited, figures_.failed, open,
        refusals_text(figures_), figures_.retransmissions_sent, figures_.retransmissions_received,
        figures_.not_understood, caller_socket_.lost_sends() + answerer_socket_.lost_sends(),
        figures_.setup.quantile(0.5), figures_.setup.quantile(0.99), figures_.ringing.quantile(0.5),
        figures_.worst_delay_us));
}

void LoadRun::establish() {
    start_calls(options_.rates.front(), std::chrono::hours(1), options_.hold);
    drain();
    print_line(fmt::format(R"({{"event":"held","calls":{},"failed":{}}})", caller_.established(),
                           figures_.failed));
}

void LoadRun::run_hold() {
    const auto rate = options_.rates.front();
    caller_.begin_step(figures_);
    answerer_.begin_step(figures_);
    caller_.hold(true);
    establish();
    const auto until = SteadyClock::now() + seconds(options_.seconds);
    for (auto order = Order::None; order != Order::End && SteadyClock::now() < until;
         order = read_order()) {
        if (order == Order::More) establish();
        turn(SteadyClock::now() + 20ms);
    }
    while (caller_.established() != 0) {
        const auto slice = SteadyClock::now() + 10ms;
        caller_.release(std::max<std::size_t>(1, rate / 100), SteadyClock::now());
        while (SteadyClock::now() < slice) turn(slice);
    }
    drain();
    caller_.abandon();
    answerer_.abandon();
    print_line(fmt::format(
        R"({{"event":"released","clean":{},"completed":{},"failed":{},"retransmissions_sent":{}}})",
        figures_.clean(), figures_.completed, figures_.failed, figures_.retransmissions_sent));
}

}  // namespace portcullis::bench
