// SPDX-License-Identifier: BSD-2-Clause
// What locating takes from the configuration.
#include "signaling/locate/settings.hpp"

#include <gtest/gtest.h>

#include "policy/compile.hpp"
#include "policy/config/reader.hpp"
#include "signaling/locate/where.hpp"

namespace portcullis::locate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Settings settings(const std::string& interfaces, const std::string& dns) {
    const auto document = config::read_document(
        R"({"realms":[{"name":"core","trust":"trusted"}],"sip_interfaces":[)" + interfaces +
        R"(],"dns":)" + dns + "}");
    EXPECT_TRUE(document);
    const auto policy = policy::compile(document.value_or(config::Document{}));
    EXPECT_TRUE(policy);
    return settings_of(**policy);
}

std::string interface(const char* name, const char* address, const char* transports,
                      bool enabled = true) {
    return std::string(R"({"name":")") + name + R"(","realm":"core","address":")" + address +
           R"(","transports":)" + transports + R"(,"enabled":)" + (enabled ? "true}" : "false}");
}

TEST(SettingsOf, TakesTransportsAndFamiliesOfTheInterfaces) {
    const Settings v4 = settings(interface("a", "198.18.0.1", R"(["tcp","udp"])"), "{}");
    EXPECT_EQ(v4.transports, (std::vector{TransportKind::Udp, TransportKind::Tcp}));
    EXPECT_TRUE(v4.v4);
    EXPECT_FALSE(v4.v6);
    EXPECT_FALSE(v4.allow_loopback);
    const Settings both = settings(interface("a", "198.18.0.1", R"(["udp"])") + "," +
                                       interface("b", "fd00::1", R"(["udp"])") + "," +
                                       interface("c", "127.0.0.1", R"(["tcp"])", false),
                                   "{}");
    EXPECT_EQ(both.transports, (std::vector{TransportKind::Udp}));
    EXPECT_TRUE(both.v6);
    EXPECT_FALSE(both.allow_loopback) << "a disabled interface";
    EXPECT_TRUE(settings(interface("a", "127.0.0.1", R"(["udp"])"), "{}").allow_loopback);
    EXPECT_TRUE(settings(interface("a", "::1", R"(["udp"])"), "{}").allow_loopback);
}

TEST(SettingsOf, TakesTheDnsSection) {
    const std::string one = interface("a", "198.18.0.1", R"(["udp"])");
    EXPECT_TRUE(settings(one, "{}").servers.empty());
    const Settings all =
        settings(one, R"({"servers":["198.18.0.53","[fd00::53]:5353"],"timeout_ms":300,"tries":3,)"
                      R"("prefer_ipv6":true,"min_ttl_s":10,"max_ttl_s":600,"stale_s":0})");
    EXPECT_EQ(all.servers, (std::vector{*Endpoint::parse("198.18.0.53:53"),
                                        *Endpoint::parse("[fd00::53]:5353")}));
    EXPECT_EQ(all.timeout, milliseconds(300));
    EXPECT_EQ(all.tries, 3U);
    EXPECT_TRUE(all.prefer_v6);
    EXPECT_EQ(all.min_ttl, seconds(10));
    EXPECT_EQ(all.max_ttl, seconds(600));
    EXPECT_EQ(all.stale, seconds(0));
}

TEST(WhereOf, KeepsWhatTheUriSays) {
    const auto where = [](const char* uri) {
        const auto parsed =
            config::ValueCodec<config::GatewayUri>::parse(config::Scalar(std::string(uri)));
        EXPECT_TRUE(parsed) << uri;
        return where_of(parsed.value_or(config::GatewayUri{}));
    };
    EXPECT_EQ(where("sip:Trunk.example.com"), (Where{"trunk.example.com", {}, {}, false}));
    EXPECT_EQ(where("sip:trunk.example.com:5070;transport=tcp"),
              (Where{"trunk.example.com", std::uint16_t{5070}, TransportKind::Tcp, false}));
    EXPECT_EQ(where("sip:198.18.0.2"),
              (Where{"198.18.0.2", std::uint16_t{5060}, TransportKind::Udp, false}));
    EXPECT_EQ(where("sip:[fd00::2]:5080;transport=tcp"),
              (Where{"fd00::2", std::uint16_t{5080}, TransportKind::Tcp, false}));
}

}  // namespace
}  // namespace portcullis::locate
