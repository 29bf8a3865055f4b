// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/device_queues.hpp"

#include <gtest/gtest.h>

#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay {
namespace {

struct Case {
    const char* name;
    DeviceQueues queues;
    int want;  // 0: refused
};

class XdpQueueCount : public testing::TestWithParam<Case> {};

TEST_P(XdpQueueCount, TakesEveryQueueThatReceives) {
    const auto got = xdp_queue_count(GetParam().queues);
    EXPECT_EQ(got ? *got : 0, GetParam().want);
    EXPECT_TRUE(got || got.error().code == KernelErrc::Xdp);
}

INSTANTIATE_TEST_SUITE_P(
    Devices, XdpQueueCount,
    testing::Values(Case{"no_channels", {}, 1}, Case{"combined", {.combined = 8}, 8},
                    Case{"one_each_way", {.rx = 1, .tx = 1}, 1},
                    Case{"more_that_send", {.rx = 1, .tx = 4}, 1},
                    Case{"four_that_receive", {.rx = 4, .tx = 4}, 0},
                    Case{"four_receive_one_sends", {.rx = 4, .tx = 1}, 0},
                    Case{"combined_and_more_that_receive", {.combined = 4, .rx = 2}, 0},
                    Case{"combined_and_more_that_send", {.combined = 4, .tx = 2}, 4},
                    Case{"more_than_sockets", {.combined = 65}, 0}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace portcullis::relay
