// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/leases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::relay {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const Owner kFirst{"signaling", 1};
const Owner kSecond{"signaling", 2};

class LeasesTest : public testing::Test {
 protected:
    Leases leases{60s};
    TimePoint now{1h};
};

TEST_F(LeasesTest, AnyFrameRenewsTheLease) {
    leases.hello(kFirst, now);
    leases.renew(kFirst, now += 59s);
    EXPECT_THAT(leases.expire(now += 59s), IsEmpty());
    EXPECT_THAT(leases.expire(now += 1s), ElementsAre(kFirst));
    EXPECT_THAT(leases.expire(now += 1s), IsEmpty()) << "told once";
}

TEST_F(LeasesTest, ANewEpochLetsTheOldLeaseRunOut) {
    leases.hello(kFirst, now);
    leases.hello(kSecond, now += 30s);
    leases.renew(kFirst, now) /* a frame that the former process left in the socket */;
    leases.renew(kSecond, now += 30s);
    EXPECT_THAT(leases.expire(now), ElementsAre(kFirst));
    EXPECT_THAT(leases.expire(now += 60s), ElementsAre(kSecond));
}

TEST_F(LeasesTest, ResyncCollectsNamesBetweenBeginAndEnd) {
    EXPECT_FALSE(leases.end_resync(kFirst));
    leases.name(kFirst, SessionId{1});
    leases.begin_resync(kFirst);
    leases.name(kFirst, SessionId{2});
    leases.name(kSecond, SessionId{3});
    EXPECT_THAT(leases.end_resync(kFirst).value(), ElementsAre(SessionId{2}));
    EXPECT_FALSE(leases.end_resync(kFirst)) << "End without Begin";
    leases.begin_resync(kFirst);
    leases.abandon_resync(kFirst);
    EXPECT_FALSE(leases.end_resync(kFirst)) << "the connection broke in between";
}

}  // namespace
}  // namespace portcullis::relay
