// SPDX-License-Identifier: BSD-2-Clause
// What the control thread's tests stand on: a clock, a kernel and a worker that do as told.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "common/base/clock.hpp"
#include "mediarelay/control/worker_link.hpp"
#include "mediarelay/kernel/errc.hpp"
#include "mediarelay/kernel/kernel_network.hpp"

namespace portcullis::relay::test {

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
inline Endpoint at(std::string_view text) { return Endpoint::parse(text).value(); }

class FakeClock final : public Clock {
 public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] WallTime wall_now() const override {
        return WallTime(std::chrono::duration_cast<std::chrono::microseconds>(
            now_.time_since_epoch() + std::chrono::hours(1000)));
    }
    void advance(Duration by) { now_ += by; }
    [[nodiscard]] std::int64_t steady_us() const {
        return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch())
            .count();
    }

 private:
    TimePoint now_{std::chrono::hours(1)};
};

// Routes by destination; unknown destinations have none.
class FakeKernel final : public KernelNetwork {
 public:
    std::map<IpAddress, Route> routes;
    std::map<IpAddress, MacAddress> neighbours;  // resolved
    std::set<IpAddress> fixed;                   // of the neighbours
    std::set<IpAddress> kept;
    int keep_calls = 0;

    [[nodiscard]] Result<Route> route(const IpAddress& source, const IpAddress& destination,
                                      LinkIndex) override {
        const auto found = routes.find(destination);
        if (found == routes.end() || source.family() != destination.family()) {
            return fail(KernelErrc::NoRoute, destination.text());
        }
        return found->second;
    }
    [[nodiscard]] Result<std::optional<Neighbour>> neighbour(LinkIndex link,
                                                             const IpAddress& address) override {
        const auto found = neighbours.find(address);
        if (found == neighbours.end()) return std::nullopt;
        return Neighbour{.link = link,
                         .address = address,
                         .mac = found->second,
                         .fixed = fixed.contains(address)};
    }
    [[nodiscard]] Status keep_neighbour(LinkIndex, const IpAddress& address) override {
        ++keep_calls;
        kept.insert(address);
        return {};
    }
    void forget_neighbour(LinkIndex, const IpAddress& address) override { kept.erase(address); }
    [[nodiscard]] bool keeps_neighbours() const override { return true; }

    void on_link(std::string_view address, LinkIndex link, unsigned char last_mac_byte) {
        routes[ip(address)] = {RouteKind::Unicast, link, std::nullopt};
        neighbours[ip(address)] = mac(last_mac_byte);
    }
    static MacAddress mac(unsigned char last) {
        return {std::byte{2}, std::byte{0}, std::byte{0},
                std::byte{0}, std::byte{0}, std::byte{last}};
    }
};

// Records commands; completes them when told.
class FakeWorker final : public WorkerLink {
 public:
    std::vector<WorkerCommand> commands;
    std::deque<WorkerCompletion> completions;
    std::deque<WorkerEvent> events;
    std::map<FlowIndex, FlowStats> stats;
    std::size_t room = 1000;  // in the command ring
    bool immediate = true;    // completes what it is given at once

    [[nodiscard]] bool submit(const WorkerCommand& command) override {
        if (room == 0) return false;
        --room;
        commands.push_back(command);
        if (immediate && command.wants_completion) completions.push_back({command.token, {}});
        return true;
    }
    void complete_all() {
        for (const auto& command : commands) {
            if (command.wants_completion) completions.push_back({command.token, {}});
        }
        commands.clear();
    }
    [[nodiscard]] bool next_completion(WorkerCompletion& completion) override {
        return pop(completions, completion);
    }
    [[nodiscard]] bool next_event(WorkerEvent& event) override { return pop(events, event); }
    [[nodiscard]] FlowStats flow_stats(FlowIndex flow) const override {
        const auto found = stats.find(flow);
        return found == stats.end() ? FlowStats{} : found->second;
    }
    [[nodiscard]] std::uint32_t flow_capacity() const override { return capacity; }

    // The commands of one kind, in order.
    template <class T>
    [[nodiscard]] std::vector<T> sent() const {
        std::vector<T> found;
        for (const auto& command : commands) {
            if (const auto* body = std::get_if<T>(&command.body)) found.push_back(*body);
        }
        return found;
    }

    std::uint32_t capacity = 64;

 private:
    template <class T>
    static bool pop(std::deque<T>& queue, T& value) {
        if (queue.empty()) return false;
        value = queue.front();
        queue.pop_front();
        return true;
    }
};

}  // namespace portcullis::relay::test
