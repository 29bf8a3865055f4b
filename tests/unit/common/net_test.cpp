// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "common/net/cidr.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/port_range.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis {
namespace {

struct AddressCase {
    const char* text;
    bool valid;
    bool usable;
};

class AddressTest : public testing::TestWithParam<AddressCase> {};

TEST_P(AddressTest, ParsesAndClassifies) {
    const auto address = IpAddress::parse(GetParam().text);
    ASSERT_EQ(address.has_value(), GetParam().valid);
    if (address) {
        EXPECT_EQ(address->is_usable_target(), GetParam().usable);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, AddressTest,
    testing::Values(AddressCase{"198.18.0.1", true, true}, AddressCase{"[fd00::1]", true, true},
                    AddressCase{"fd00::1", true, true}, AddressCase{"[198.18.0.1]", false, false},
                    AddressCase{"0.0.0.0", true, false}, AddressCase{"127.1.2.3", true, false},
                    AddressCase{"::1", true, false}, AddressCase{"::ffff:127.0.0.1", true, false},
                    AddressCase{"::ffff:0.0.0.0", true, false},
                    AddressCase{"169.254.1.1", true, false}, AddressCase{"fe80::1", true, false},
                    AddressCase{"224.0.0.1", true, false}, AddressCase{"ff02::1", true, false},
                    AddressCase{"255.255.255.255", true, false}, AddressCase{"1.2.3", false, false},
                    AddressCase{"1.2.3.4 ", false, false},
                    AddressCase{"fe80::1%eth0", false, false}, AddressCase{"", false, false}));

TEST(Endpoint, PrintsAndParses) {
    EXPECT_EQ(Endpoint::parse("198.18.0.1:5060")->text(), "198.18.0.1:5060");
    EXPECT_EQ(Endpoint::parse("[fd00::1]:5060")->text(), "[fd00::1]:5060");
    EXPECT_EQ(Endpoint::parse("198.18.0.1", 5060)->port, 5060);
    EXPECT_FALSE(Endpoint::parse("198.18.0.1:"));
    EXPECT_FALSE(Endpoint::parse("198.18.0.1:70000"));
    EXPECT_FALSE(Endpoint::parse("fd00::1:5060"));
}

TEST(Cidr, ContainsAndRefusesHostBits) {
    EXPECT_TRUE(Cidr::parse("198.18.0.0/15")->contains(*IpAddress::parse("198.19.255.255")));
    EXPECT_FALSE(Cidr::parse("198.18.0.0/15")->contains(*IpAddress::parse("198.20.0.0")));
    EXPECT_FALSE(Cidr::parse("198.18.0.1/15"));
    EXPECT_FALSE(Cidr::parse("198.18.0.0/33"));
    EXPECT_TRUE(Cidr::parse("::/0")->contains(*IpAddress::parse("fd00::1")));
    EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("fd00::1")));
}

TEST(PortRange, CountsWholePairs) {
    EXPECT_EQ((PortRange{20000, 29999}).pair_count(), 5000U);
    EXPECT_EQ((PortRange{20001, 20003}).pair_count(), 1U);
    EXPECT_EQ((PortRange{20001, 20003}).pair_port(0), 20002);
    EXPECT_EQ((PortRange{20000, 20000}).pair_count(), 0U);
    EXPECT_EQ((PortRange{65534, 65535}).pair_count(), 1U);
}

TEST(TransportKind, NamesIgnoreCase) {
    EXPECT_EQ(parse_transport("tcp"), TransportKind::Tcp);
    EXPECT_EQ(parse_transport("WSS"), TransportKind::Wss);
    EXPECT_FALSE(parse_transport("sctp"));
}

}  // namespace
}  // namespace portcullis
