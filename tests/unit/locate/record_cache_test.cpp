// SPDX-License-Identifier: BSD-2-Clause
// The life of cached replies: bounds, negative replies, failures, staleness, eviction.
#include "signaling/locate/record_cache.hpp"

#include <gtest/gtest.h>

namespace portcullis::locate {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours{1}};
const Question kQuestion{"sip.example.com", RecordType::A};

Reply reply_of(ReplyKind kind, std::optional<seconds> ttl) {
    Reply reply;
    reply.kind = kind;
    reply.ttl = ttl;
    return reply;
}

struct LifeCase {
    const char* name;
    Reply reply;
    seconds life;
};

class LifeTest : public testing::TestWithParam<LifeCase> {};

TEST_P(LifeTest, IsBounded) {
    RecordCache cache;
    cache.store(kQuestion, GetParam().reply, kStart);
    const auto before = kStart + GetParam().life - std::chrono::milliseconds(1);
    ASSERT_TRUE(cache.find(kQuestion, before));
    EXPECT_EQ(cache.find(kQuestion, before)->fresh_until, kStart + GetParam().life);
    EXPECT_FALSE(cache.find(kQuestion, before)->stale);
    EXPECT_FALSE(cache.find(kQuestion, kStart + GetParam().life));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, LifeTest,
    testing::Values(
        LifeCase{"AsSaid", reply_of(ReplyKind::Records, seconds(60)), seconds(60)},
        LifeCase{"AtLeast", reply_of(ReplyKind::Records, seconds(0)), seconds(5)},
        LifeCase{"AtMost", reply_of(ReplyKind::Records, seconds(86400)), seconds(3600)},
        LifeCase{"NoDataAsTheSoaSays", reply_of(ReplyKind::NoData, seconds(90)), seconds(90)},
        LifeCase{"NoDataWithoutSoa", reply_of(ReplyKind::NoData, {}), seconds(30)},
        LifeCase{"NoNameWithoutSoa", reply_of(ReplyKind::NoSuchName, {}), seconds(30)},
        LifeCase{"NoNameAtMost", reply_of(ReplyKind::NoSuchName, seconds(86400)), seconds(3600)},
        LifeCase{"ServerFailure", Reply::failed(Errc::ServerFailure), seconds(5)},
        LifeCase{"Timeout", Reply::failed(Errc::TimedOut), seconds(5)}),
    [](const auto& row) { return std::string(row.param.name); });

// RFC 8767: an old reply is better than none.
TEST(RecordCache, ServesStaleAfterAFailedRenewal) {
    RecordCache cache;
    cache.store(kQuestion, reply_of(ReplyKind::Records, seconds(60)), kStart);
    const TimePoint later = kStart + seconds(61);
    EXPECT_FALSE(cache.find(kQuestion, later)) << "nobody has tried to renew it";
    EXPECT_TRUE(cache.find_stale(kQuestion, later)) << "but it is there for the impatient";
    cache.store(kQuestion, Reply::failed(Errc::TimedOut), later);
    const auto stale = cache.find(kQuestion, later);
    ASSERT_TRUE(stale);
    EXPECT_TRUE(stale->stale);
    EXPECT_EQ(stale->reply->kind, ReplyKind::Records);
    EXPECT_EQ(stale->fresh_until, later + kFailureTtl);
    EXPECT_FALSE(cache.renewal_due(kQuestion, later + seconds(4)));
    EXPECT_TRUE(cache.renewal_due(kQuestion, later + seconds(5)));
    EXPECT_TRUE(cache.find(kQuestion, later + seconds(5))) << "served while it is being renewed";
    // Ten minutes past its life it is gone.
    EXPECT_TRUE(cache.find(kQuestion, kStart + seconds(659)));
    EXPECT_FALSE(cache.find(kQuestion, kStart + seconds(660)));
    EXPECT_FALSE(cache.find_stale(kQuestion, kStart + seconds(660)));
}

TEST(RecordCache, StaleRepliesEndWithTheNextAnswer) {
    RecordCache cache;
    const TimePoint later = kStart + seconds(61);
    cache.store(kQuestion, reply_of(ReplyKind::Records, seconds(60)), kStart);
    cache.store(kQuestion, Reply::failed(Errc::TimedOut), later);
    // "It is no more" is an answer.
    cache.store(kQuestion, reply_of(ReplyKind::NoSuchName, seconds(60)), later);
    EXPECT_EQ(cache.find(kQuestion, later)->reply->kind, ReplyKind::NoSuchName);
    EXPECT_FALSE(cache.find(kQuestion, later)->stale);
}

TEST(RecordCache, AFailedRenewalDoesNotShortenALife) {
    RecordCache cache;
    cache.store(kQuestion, reply_of(ReplyKind::Records, seconds(60)), kStart);
    cache.store(kQuestion, Reply::failed(Errc::TimedOut), kStart + seconds(50));
    const auto known = cache.find(kQuestion, kStart + seconds(51));
    ASSERT_TRUE(known);
    EXPECT_FALSE(known->stale);
    EXPECT_EQ(known->fresh_until, kStart + seconds(60));
    // The failure is remembered: nobody waits at the end of the life.
    EXPECT_TRUE(cache.find(kQuestion, kStart + seconds(60))->stale);
}

TEST(RecordCache, ServesNothingStaleWhereThatIsOff) {
    RecordCache cache;
    cache.configure({.stale = seconds(0)});
    cache.store(kQuestion, reply_of(ReplyKind::Records, seconds(60)), kStart);
    cache.store(kQuestion, Reply::failed(Errc::TimedOut), kStart + seconds(60));
    EXPECT_EQ(cache.find(kQuestion, kStart + seconds(61))->reply->kind, ReplyKind::Failed);
}

TEST(RecordCache, ForgetsTheLeastRecentlyUsed) {
    RecordCache cache;
    cache.configure({.entries = 2});
    const auto question = [](const char* name) { return Question{name, RecordType::A}; };
    cache.store(question("a"), reply_of(ReplyKind::Records, seconds(60)), kStart);
    cache.store(question("b"), reply_of(ReplyKind::Records, seconds(60)), kStart);
    EXPECT_TRUE(cache.find(question("a"), kStart));
    cache.store(question("c"), reply_of(ReplyKind::Records, seconds(60)), kStart);
    EXPECT_TRUE(cache.find(question("a"), kStart));
    EXPECT_FALSE(cache.find(question("b"), kStart));
    EXPECT_TRUE(cache.find(question("c"), kStart));
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_EQ(cache.evicted(), 1U);
    cache.clear();
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_FALSE(cache.find(question("a"), kStart));
}

}  // namespace
}  // namespace portcullis::locate
