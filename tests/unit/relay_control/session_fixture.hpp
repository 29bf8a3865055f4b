// SPDX-License-Identifier: BSD-2-Clause
// SessionManagerTest: a SessionManager with one recorded worker, one pool and a table of routes.
#pragma once

#include "mediarelay/control/session_manager.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/relay_control/fakes.hpp"

namespace portcullis::relay::test {

using namespace std::chrono_literals;
using relay_api::InstallSession;
using relay_api::Link;
using relay_api::Outcome;
using relay_api::UpdateLeg;
using testing::SizeIs;

inline constexpr SessionId kSession{77};
inline constexpr LegId kA{1};
inline constexpr LegId kB{2};

class SessionManagerTest : public testing::Test {
 protected:
    SessionManagerTest() {
        hops.configure({{.link = 1, .port = 0, .mac = FakeKernel::mac(1), .mtu = 1500}},
                       {{{ip("198.18.0.1"), {20000, 20009}}, 1}});
        pools.apply({{"core", "eth0", {ip("198.18.0.1"), {20000, 20009}}, {}, ""}}, 5s);
        kernel.on_link("198.18.0.2", 1, 2);
        kernel.on_link("198.18.0.3", 1, 3);
    }

    static relay_api::StreamSpec stream(std::string_view remote) {
        relay_api::StreamSpec spec;
        if (!remote.empty()) spec.rtp_remote = at(remote);
        spec.payloads = {{0, 8000, "PCMU"}};
        return spec;
    }
    static InstallSession call(std::uint32_t generation = 1) {
        return {
            kSession,
            generation,
            0ms,
            {{kA, "core", {stream("198.18.0.2:4000")}}, {kB, "core", {stream("198.18.0.3:5000")}}},
            {{kA, 0, kB, 0, Link::Kind::Forward}, {kB, 0, kA, 0, Link::Kind::Forward}}};
    }

    // Sends a request and gives the answer, or nothing while it is owed.
    std::shared_ptr<std::optional<SessionManager::Reply>> send(SessionRequest request) {
        auto answer = std::make_shared<std::optional<SessionManager::Reply>>();
        manager.request(owner, std::move(request),
                        [answer](const SessionManager::Reply& reply) { *answer = reply; });
        return answer;
    }
    relay_api::OperationReply ask(SessionRequest request) {
        const auto answer = send(std::move(request));
        for (int i = 0; i < 10 && !*answer; ++i) manager.poll();
        EXPECT_TRUE(answer->has_value());
        return std::get<relay_api::OperationReply>(answer->value());
    }
    relay_api::SessionStats release(SessionId id = kSession) {
        const auto answer = send(relay_api::ReleaseSession{id});
        for (int i = 0; i < 10 && !*answer; ++i) manager.poll();
        return std::get<relay_api::SessionStats>(answer->value());
    }
    PortAllocator::Counts ports() { return pools.by_index(0)->allocator.counts(); }

    FakeClock clock;
    FakeKernel kernel;
    NextHopTable table{64};
    NextHops hops{kernel, table};
    MediaPools pools{clock};
    FakeWorker worker;
    WorkerGateway gateway{0, worker};
    std::array<WorkerGateway*, 1> workers{&gateway};
    FormerState former;
    Owner owner{"signaling", 1};
    std::vector<relay_api::SessionEvent> events;
    SessionManager manager{
        {clock, hops, pools, workers, former},
        [this](const Owner&, const relay_api::SessionEvent& event) { events.push_back(event); }};
};

}  // namespace portcullis::relay::test
