// SPDX-License-Identifier: BSD-2-Clause
// A killed process and its successor: confirmed calls come back and can be ended from either side.
#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

class RecoveryTest : public Harness {
 protected:
    // The next process: nothing is kept but the checkpoint file and the peers' state.
    void restart(bool power_lost = false) {
        checkpoint::CheckpointStore copy;
        const auto path = directory / "killed";
        std::filesystem::copy_file(directory / "calls", path);
        ASSERT_TRUE(copy.open(path));
        transactions.reset();
        core.reset();
        calls.reset();
        std::vector<std::uint64_t> keys;
        checkpoints.for_each([&keys](std::uint64_t key, auto) { keys.push_back(key); });
        for (const auto key : keys) checkpoints.erase(key);
        wheel = shard::TimerWheel(clock.now());
        build();
        configure(kDocument);
        calls->recover(copy, power_lost);
        relay.answer();
    }
};

TEST_F(RecoveryTest, AConfirmedCallIsServedAgain) {
    const auto call = establish();
    restart();
    ASSERT_EQ(calls->size(), 1U);
    EXPECT_EQ(calls->counters().recovered, 1U);
    calls->for_each([](Call& recovered) {
        const auto desired = recovered.desired_media();
        ASSERT_EQ(desired.legs.size(), 2U);
        for (const auto& leg : desired.legs) EXPECT_GE(leg.streams.at(0).requested_port, 20000);
    });
    from_pbx(in_dialog("INVITE", *call.ok_a, 2, sdp("198.18.0.2", 4000, "a=sendonly\n")));
    const auto hold = last(to_carrier(), "INVITE");
    EXPECT_GT(hold->essentials().cseq.number, 100U);
    from_carrier(respond(*hold, 200, "b-tag", "sip:b@198.18.1.2:5060",
                         sdp("198.18.1.2", 6000, "a=recvonly\n")));
    from_pbx(in_dialog("ACK", *last(to_pbx(), "200"), 2));
    (void)to_carrier();
    from_carrier(in_dialog("BYE", *call.invite_b, 1, {}, true));
    from_pbx(respond(*last(to_pbx(), "BYE"), 200, "", ""));
    expect_nothing_left();
    const auto lines = records();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("\"a_trunk\":\"pbx\""), std::string::npos);
    EXPECT_NE(lines[0].find("\"a_sip_call_id\":\"call-1\""), std::string::npos);
}

TEST_F(RecoveryTest, AfterAPowerLossBothSidesHearBye) {
    (void)establish();
    restart(true);
    from_pbx(respond(*last(to_pbx(), "BYE"), 200, "", ""));
    from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
    expect_nothing_left();
    EXPECT_NE(records().at(0).find("power loss"), std::string::npos);
}

TEST_F(RecoveryTest, ACallThatWasNotAnsweredIsNotKept) {
    from_pbx(invite());
    from_carrier(respond(*last(to_carrier(), "INVITE"), 180, "b-tag", "sip:b@198.18.1.2:5060"));
    EXPECT_EQ(checkpoints.size(), 0U);
}

}  // namespace
}  // namespace portcullis::b2bua
