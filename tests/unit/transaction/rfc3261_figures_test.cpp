// SPDX-License-Identifier: BSD-2-Clause
// RFC 3261 figures 5-8 with RFC 6026: every state and every event of the four machines. A pair that
// has no row must change nothing and ask for nothing.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "signaling/transaction/invite_client.hpp"
#include "signaling/transaction/invite_server.hpp"
#include "signaling/transaction/non_invite_client.hpp"
#include "signaling/transaction/non_invite_server.hpp"

namespace portcullis::transaction {
namespace {

constexpr const char* kEventNames[] = {"Request", "Ack",
                                       "1xx",     "2xx",
                                       "3-699",   "TransportError",
                                       "Tu1xx",   "Tu2xx",
                                       "Tu3-699", "A",
                                       "B",       "D",
                                       "E",       "F",
                                       "G",       "H",
                                       "I",       "J",
                                       "K",       "L",
                                       "M",       "CancelExpired"};
static_assert(std::size(kEventNames) == static_cast<std::size_t>(Event::kCount));

// "send +A1000 -B pass": what the actions ask for, in order.
std::string text(const Actions& actions) {
    constexpr const char* kKinds[] = {"send", "ack",  "100",     "respond", "again", "+",
                                      "-",    "pass", "passack", "timeout", "error", "end"};
    std::string out;
    for (const Action& action : actions) {
        if (!out.empty()) out += ' ';
        out += kKinds[static_cast<std::size_t>(action.kind)];
        if (action.timer != Event::kCount)
            out += kEventNames[static_cast<std::size_t>(action.timer)];
        if (action.kind == ActionKind::StartTimer) out += std::to_string(action.after.count());
    }
    return out;
}

template <class State>
struct Row {
    State from;
    Event event;
    State to;
    const char* udp;
    const char* tcp;  // nullptr: as over UDP
    const char* clause;
    std::optional<State> to_tcp = std::nullopt;
};

// How to bring a fresh machine to a state over a given transport; empty when it cannot be in it.
template <class Machine>
struct Path {
    typename Machine::State state;
    std::vector<Event> events;
    bool reliable_too;
};

template <class Machine>
void check_all(const std::vector<Row<typename Machine::State>>& rows,
               const std::vector<Path<Machine>>& paths) {
    for (const bool reliable : {false, true}) {
        for (const auto& path : paths) {
            if (reliable && !path.reliable_too) continue;
            for (std::uint8_t e = 0; e < static_cast<std::uint8_t>(Event::kCount); ++e) {
                const Event event{e};
                Machine machine(TimerValues{}, reliable);
                (void)machine.start();
                for (const Event step : path.events) (void)machine.on(step);
                ASSERT_EQ(machine.state(), path.state);
                auto to = path.state;
                std::string want;
                const char* clause = "no row: nothing happens";
                for (const auto& row : rows) {
                    if (row.from != path.state || row.event != event) continue;
                    to = reliable && row.to_tcp ? *row.to_tcp : row.to;
                    want = reliable && row.tcp != nullptr ? row.tcp : row.udp;
                    clause = row.clause;
                }
                EXPECT_EQ(text(machine.on(event)), want)
                    << "state " << static_cast<int>(path.state) << " event " << kEventNames[e]
                    << (reliable ? " tcp: " : " udp: ") << clause;
                EXPECT_EQ(machine.state(), to) << clause;
            }
        }
    }
}

TEST(Figure5, InviteClient) {
    using S = InviteClient::State;
    const std::vector<Row<S>> rows{
        {S::Calling, Event::TimerA, S::Calling, "send +A1000", nullptr, "17.1.1.2 A doubles"},
        {S::Calling, Event::TimerB, S::Terminated, "timeout end", nullptr, "17.1.1.2 inform TU"},
        {S::Calling, Event::TransportError, S::Terminated, "error end", nullptr, "17.1.4"},
        {S::Calling, Event::CancelExpired, S::Terminated, "timeout end", nullptr, "9.1"},
        {S::Calling, Event::Received1xx, S::Proceeding, "pass -A -B", "pass -B", "17.1.1.2"},
        {S::Calling, Event::Received2xx, S::Accepted, "pass -A -B +M32000", "pass -B +M32000",
         "RFC 6026 7.2"},
        {S::Calling, Event::Received300To699, S::Completed, "ack pass -A -B +D32000",
         "ack pass -B end", "17.1.1.2, table 4", S::Terminated},
        {S::Proceeding, Event::Received1xx, S::Proceeding, "pass", nullptr, "17.1.1.2"},
        {S::Proceeding, Event::Received2xx, S::Accepted, "pass +M32000", nullptr, "RFC 6026 7.2"},
        {S::Proceeding, Event::Received300To699, S::Completed, "ack pass +D32000", "ack pass end",
         "17.1.1.2, table 4", S::Terminated},
        {S::Proceeding, Event::CancelExpired, S::Terminated, "timeout end", nullptr, "9.1"},
        {S::Accepted, Event::Received2xx, S::Accepted, "pass", nullptr, "RFC 6026 7.2"},
        {S::Accepted, Event::TimerM, S::Terminated, "end", nullptr, "RFC 6026 7.2"},
        {S::Completed, Event::Received300To699, S::Completed, "ack", nullptr, "17.1.1.2"},
        {S::Completed, Event::TransportError, S::Terminated, "error end", nullptr, "17.1.1.2"},
        {S::Completed, Event::TimerD, S::Terminated, "end", nullptr, "17.1.1.2"},
    };
    check_all<InviteClient>(rows, {{S::Calling, {}, true},
                                   {S::Proceeding, {Event::Received1xx}, true},
                                   {S::Accepted, {Event::Received2xx}, true},
                                   {S::Completed, {Event::Received300To699}, false},
                                   {S::Terminated, {Event::TimerB}, true}});
}

TEST(Figure6, NonInviteClient) {
    using S = NonInviteClient::State;
    const std::vector<Row<S>> rows{
        {S::Trying, Event::TimerE, S::Trying, "send +E1000", nullptr, "17.1.2.2 E doubles to T2"},
        {S::Trying, Event::TimerF, S::Terminated, "timeout end", nullptr, "17.1.2.2"},
        {S::Trying, Event::TransportError, S::Terminated, "error end", nullptr, "17.1.2.2"},
        {S::Trying, Event::Received1xx, S::Proceeding, "pass", nullptr, "17.1.2.2"},
        {S::Trying, Event::Received2xx, S::Completed, "pass -E -F +K5000", "pass -F end",
         "17.1.2.2, table 4", S::Terminated},
        {S::Trying, Event::Received300To699, S::Completed, "pass -E -F +K5000", "pass -F end",
         "17.1.2.2, table 4", S::Terminated},
        {S::Proceeding, Event::TimerE, S::Proceeding, "send +E4000", nullptr, "17.1.2.2 E is T2"},
        {S::Proceeding, Event::TimerF, S::Terminated, "timeout end", nullptr, "17.1.2.2"},
        {S::Proceeding, Event::TransportError, S::Terminated, "error end", nullptr, "figure 6"},
        {S::Proceeding, Event::Received1xx, S::Proceeding, "pass", nullptr, "figure 6"},
        {S::Proceeding, Event::Received2xx, S::Completed, "pass -E -F +K5000", "pass -F end",
         "17.1.2.2, table 4", S::Terminated},
        {S::Proceeding, Event::Received300To699, S::Completed, "pass -E -F +K5000", "pass -F end",
         "17.1.2.2, table 4", S::Terminated},
        {S::Completed, Event::TimerK, S::Terminated, "end", nullptr, "17.1.2.2"},
    };
    check_all<NonInviteClient>(rows, {{S::Trying, {}, true},
                                      {S::Proceeding, {Event::Received1xx}, true},
                                      {S::Completed, {Event::Received2xx}, false},
                                      {S::Terminated, {Event::TimerF}, true}});
}

TEST(Figure7, InviteServer) {
    using S = InviteServer::State;
    const std::vector<Row<S>> rows{
        {S::Proceeding, Event::ReceivedRequest, S::Proceeding, "again", nullptr, "17.2.1"},
        {S::Proceeding, Event::Tu1xx, S::Proceeding, "respond", nullptr, "17.2.1"},
        {S::Proceeding, Event::Tu2xx, S::Accepted, "respond +L32000", nullptr, "RFC 6026 7.1"},
        {S::Proceeding, Event::Tu300To699, S::Completed, "respond +G500 +H32000", "respond +H32000",
         "17.2.1"},
        {S::Proceeding, Event::TransportError, S::Proceeding, "error", nullptr, "RFC 6026 8.8"},
        {S::Accepted, Event::Tu2xx, S::Accepted, "respond", nullptr, "RFC 6026 7.1"},
        {S::Accepted, Event::ReceivedAck, S::Accepted, "passack", nullptr, "RFC 6026 7.1"},
        {S::Accepted, Event::TimerL, S::Terminated, "end", nullptr, "RFC 6026 7.1"},
        {S::Accepted, Event::TransportError, S::Accepted, "error", nullptr, "RFC 6026 8.8"},
        {S::Completed, Event::ReceivedRequest, S::Completed, "again", nullptr, "17.2.1"},
        {S::Completed, Event::TimerG, S::Completed, "again +G1000", nullptr, "17.2.1"},
        {S::Completed, Event::TimerH, S::Terminated, "timeout end", nullptr, "17.2.1"},
        {S::Completed, Event::TransportError, S::Completed, "error", nullptr, "RFC 6026 8.8"},
        {S::Completed, Event::ReceivedAck, S::Confirmed, "-G -H +I5000", "-H end",
         "17.2.1, table 4", S::Terminated},
        {S::Confirmed, Event::TimerI, S::Terminated, "end", nullptr, "17.2.1"},
    };
    check_all<InviteServer>(rows, {{S::Proceeding, {}, true},
                                   {S::Accepted, {Event::Tu2xx}, true},
                                   {S::Completed, {Event::Tu300To699}, true},
                                   {S::Confirmed, {Event::Tu300To699, Event::ReceivedAck}, false},
                                   {S::Terminated, {Event::Tu300To699, Event::TimerH}, true}});
    EXPECT_EQ(text(InviteServer(TimerValues{}, false).start()), "100") << "17.2.1";
}

TEST(Figure8, NonInviteServer) {
    using S = NonInviteServer::State;
    const std::vector<Row<S>> rows{
        {S::Trying, Event::Tu1xx, S::Proceeding, "respond", nullptr, "17.2.2"},
        {S::Trying, Event::Tu2xx, S::Completed, "respond +J32000", "respond end", "17.2.2, table 4",
         S::Terminated},
        {S::Trying, Event::Tu300To699, S::Completed, "respond +J32000", "respond end",
         "17.2.2, table 4", S::Terminated},
        {S::Proceeding, Event::ReceivedRequest, S::Proceeding, "again", nullptr, "17.2.2"},
        {S::Proceeding, Event::Tu1xx, S::Proceeding, "respond", nullptr, "17.2.2"},
        {S::Proceeding, Event::Tu2xx, S::Completed, "respond +J32000", "respond end",
         "17.2.2, table 4", S::Terminated},
        {S::Proceeding, Event::Tu300To699, S::Completed, "respond +J32000", "respond end",
         "17.2.2, table 4", S::Terminated},
        {S::Proceeding, Event::TransportError, S::Terminated, "error end", nullptr, "figure 8"},
        {S::Completed, Event::ReceivedRequest, S::Completed, "again", nullptr, "17.2.2"},
        {S::Completed, Event::TransportError, S::Terminated, "error end", nullptr, "figure 8"},
        {S::Completed, Event::TimerJ, S::Terminated, "end", nullptr, "17.2.2"},
    };
    check_all<NonInviteServer>(rows,
                               {{S::Trying, {}, true},
                                {S::Proceeding, {Event::Tu1xx}, true},
                                {S::Completed, {Event::Tu2xx}, false},
                                {S::Terminated, {Event::Tu1xx, Event::TransportError}, true}});
}

TEST(Starts, SendAndArmTimers) {
    EXPECT_EQ(text(InviteClient(TimerValues{}, false).start()), "send +A500 +B32000") << "17.1.1.2";
    EXPECT_EQ(text(InviteClient(TimerValues{}, true).start()), "send +B32000") << "17.1.1.2";
    EXPECT_EQ(text(NonInviteClient(TimerValues{}, false).start()), "send +E500 +F32000")
        << "17.1.2.2";
    EXPECT_EQ(text(NonInviteClient(TimerValues{}, true).start()), "send +F32000") << "17.1.2.2";
    EXPECT_EQ(text(NonInviteServer(TimerValues{}, false).start()), "") << "17.2.2";
}

// The intervals of a repeated timer, one after another.
template <class Machine>
std::string intervals(Event timer, std::vector<Event> path, int count) {
    Machine machine(TimerValues{}, false);
    (void)machine.start();
    for (const Event step : path) (void)machine.on(step);
    std::string out;
    for (int i = 0; i < count; ++i) {
        for (const Action& action : machine.on(timer)) {
            if (action.kind == ActionKind::StartTimer) {
                out += std::to_string(action.after.count()) + " ";
            }
        }
    }
    return out;
}

TEST(Intervals, GrowAsTheRfcSays) {
    EXPECT_EQ(intervals<InviteClient>(Event::TimerA, {}, 6), "1000 2000 4000 8000 16000 32000 ")
        << "17.1.1.2: no upper bound";
    EXPECT_EQ(intervals<NonInviteClient>(Event::TimerE, {}, 5), "1000 2000 4000 4000 4000 ")
        << "17.1.2.2: MIN(2*T1, T2)";
    EXPECT_EQ(intervals<InviteServer>(Event::TimerG, {Event::Tu300To699}, 5),
              "1000 2000 4000 4000 4000 ")
        << "17.2.1: MIN(2*T1, T2)";
}

}  // namespace
}  // namespace portcullis::transaction
