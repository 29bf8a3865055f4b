// SPDX-License-Identifier: BSD-2-Clause
// Who owns a message: everything of one call must come to one shard.
#include "signaling/shard/shard_router.hpp"

#include <gtest/gtest.h>

#include <set>

namespace portcullis::shard {
namespace {

TEST(Slot, TravelsInEverythingWeMake) {
    for (unsigned value = 0; value < 256; ++value) {
        const Slot slot{static_cast<std::uint8_t>(value)};
        EXPECT_EQ(slot_of_branch(make_branch(slot)), slot);
        EXPECT_EQ(slot_of_tag(make_tag(slot)), slot);
        EXPECT_EQ(slot_of_call_id(make_call_id(slot)), slot);
    }
    EXPECT_NE(make_branch(Slot{1}), make_branch(Slot{1}));
}

TEST(Slot, IsNotSeenInWhatOthersMake) {
    for (const char* tag : {"", "1928301774", "a6c85cf", "zz3456789012345678", "ab3456789012345-78",
                            "AB3456789012345678", "ab34567890123456789"}) {
        EXPECT_FALSE(slot_of_tag(tag)) << tag;
    }
    EXPECT_FALSE(slot_of_branch("z9hG4bK776asdhds"));
    EXPECT_FALSE(slot_of_branch("ab34567890123456789012"));
}

TEST(SlotTable, ServesEverySlotAndGivesEachShardItsOwn) {
    for (const std::uint16_t count : std::initializer_list<std::uint16_t>{1, 2, 3, 7, 256}) {
        const SlotTable table(count);
        std::set<ShardId> seen;
        for (unsigned slot = 0; slot < 256; ++slot) {
            seen.insert(table.shard_of(Slot{static_cast<std::uint8_t>(slot)}));
        }
        EXPECT_EQ(seen.size(), count);
        for (std::uint16_t shard = 0; shard < count; ++shard) {
            EXPECT_EQ(table.shard_of(table.home_slot(ShardId{shard})), ShardId{shard});
        }
    }
}

std::string request(const std::string& method, const std::string& call_id, const std::string& to,
                    const std::string& extra = {}) {
    return method +
           " sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\nCall-ID: " + call_id +
           "\r\nTo: " + to + "\r\n" + extra + "\r\n";
}

class RouterTest : public testing::Test {
 protected:
    ShardRouter router_{SlotTable(4)};
    ShardId owner(const std::string& raw, std::uint16_t receiver = 3) const {
        return router_.owner(raw, ShardId{receiver});
    }
};

TEST_F(RouterTest, ResponsesFollowTheBranchWeMade) {
    for (std::uint16_t shard = 0; shard < 4; ++shard) {
        const auto branch = make_branch(router_.slots().home_slot(ShardId{shard}));
        EXPECT_EQ(owner("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=" + branch + "\r\n\r\n"),
                  ShardId{shard});
    }
    EXPECT_EQ(owner("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKelse\r\n\r\n", 2),
              ShardId{2})
        << "not ours: whoever got it drops it";
}

TEST_F(RouterTest, TheWholeLifeOfACallMeetsOneShard) {
    // Initial INVITE, its retransmission and CANCEL: by Call-ID.
    std::set<ShardId> used;
    for (int i = 0; i < 64; ++i) {
        const std::string id = "call-" + std::to_string(i) + "@pbx";
        const ShardId first = owner(request("INVITE", id, "<sip:b@y>"));
        used.insert(first);
        for (std::uint16_t receiver = 0; receiver < 4; ++receiver) {
            EXPECT_EQ(owner(request("INVITE", id, "<sip:b@y>"), receiver), first);
            EXPECT_EQ(owner(request("CANCEL", id, "<sip:b@y>"), receiver), first);
        }
        // It answers with a tag of its own; ACK (2xx or not), BYE, re-INVITE and CANCEL of that
        // carry it.
        const auto tag = make_tag(router_.slots().home_slot(first));
        for (const char* method : {"ACK", "BYE", "INVITE", "CANCEL", "UPDATE"}) {
            EXPECT_EQ(owner(request(method, id, "<sip:b@y>;tag=" + tag)), first) << method;
        }
    }
    EXPECT_EQ(used.size(), 4U) << "the load spreads";
}

TEST_F(RouterTest, TheCancelOfAnInviteWithReplacesFollowsIt) {  // 9.1: without that header
    for (std::uint16_t shard = 0; shard < 4; ++shard) {
        const auto ours = make_tag(router_.slots().home_slot(ShardId{shard}));
        const auto replaces = "Replaces: c;to-tag=" + ours + ";from-tag=" + ours + "\r\n";
        EXPECT_EQ(owner(request("INVITE", "new@x", "<sip:b@y>", replaces)),
                  owner(request("CANCEL", "new@x", "<sip:b@y>")));
    }
}

TEST_F(RouterTest, ARegistrationStaysWithItsAddressOfRecord) {
    const auto by_aor = owner(request("REGISTER", "r1@x", "<sip:alice@example.com>"));
    EXPECT_EQ(owner(request("REGISTER", "r2@y", "\"A\" <sips:alice@EXAMPLE.com:5061;x=1>")),
              by_aor);
    EXPECT_EQ(owner(request("REGISTER", "r3@z", "sip:alice:pw@example.com")), by_aor);
    std::set<ShardId> used;
    for (int i = 0; i < 64; ++i) {
        used.insert(owner(request("REGISTER", "r@x", "<sip:u" + std::to_string(i) + "@e>")));
    }
    EXPECT_EQ(used.size(), 4U);
}

TEST_F(RouterTest, WithoutWhatItNeedsTheReceiverKeepsIt) {
    EXPECT_EQ(owner("garbage", 1), ShardId{1});
    EXPECT_EQ(owner("OPTIONS sip:x SIP/2.0\r\n\r\n", 2), ShardId{2});
    const ShardRouter one{SlotTable(1)};
    EXPECT_EQ(one.owner("anything", ShardId{0}), ShardId{0});
}

}  // namespace
}  // namespace portcullis::shard
