// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/relay_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace portcullis::relay {
namespace {

using testing::HasSubstr;
using testing::Not;

// The scraper refuses all of an answer in which one series appears twice.
TEST(RelayReport, APoolThatMovedHasOneSeriesPerState) {
    RelayReport report;
    report.pools = {{"core", "198.18.0.1", {20000, 20099}, true, {.free = 40, .used = 3}},
                    {"core", "198.18.0.9", {20000, 20099}, false, {.free = 45, .used = 4}},
                    {"edge", "198.18.1.1", {20000, 20099}, false, {.free = 50}}};
    report.pools[0].counts.quarantined = 2;
    const std::string text = metrics_text(report);
    EXPECT_THAT(text, HasSubstr("portcullis_media_ports{pool=\"core\",state=\"used\"} 7\n"));
    EXPECT_THAT(text, HasSubstr("portcullis_media_ports{pool=\"core\",state=\"free\"} 45\n"))
        << "nobody draws from the pool that drains";
    EXPECT_THAT(text, HasSubstr("{pool=\"core\",state=\"quarantined\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("{pool=\"edge\",state=\"free\"} 50\n"));
    std::set<std::string> series;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.front() == '#') continue;
        EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
}

// Whether our XDP program is in place is asked only of devices that need one.
TEST(RelayReport, ALostXdpProgramIsSeenInMetricsAndStatus) {
    RelayReport report;
    DeviceReport lost;
    lost.device = "m-a";
    lost.driver = "af_xdp";
    lost.xdp_mode = "native";
    lost.xdp_foreign = "id 7 name other";
    lost.xdp_losses = 2;
    DeviceReport plain;
    plain.device = "m-b";
    plain.driver = "af_packet";
    report.devices = {lost, plain};
    const std::string text = metrics_text(report);
    EXPECT_THAT(text, HasSubstr("portcullis_media_xdp_attached{device=\"m-a\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("portcullis_media_xdp_lost_total{device=\"m-a\"} 2\n"));
    EXPECT_THAT(text, Not(HasSubstr("portcullis_media_xdp_attached{device=\"m-b\"}")));
    EXPECT_THAT(status_json(report), HasSubstr("\"xdp_foreign\":\"id 7 name other\""));
}

}  // namespace
}  // namespace portcullis::relay
