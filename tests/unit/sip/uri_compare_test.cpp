// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "signaling/sip/uri.hpp"

namespace portcullis::sip {
namespace {

struct Pair {
    const char* a;
    const char* b;
    bool equal;
};

class UriEquivalence : public testing::TestWithParam<Pair> {};

TEST_P(UriEquivalence, HoldsBothWays) {
    const auto a = parse_uri(GetParam().a);
    const auto b = parse_uri(GetParam().b);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(equivalent(*a, *b), GetParam().equal);
    EXPECT_EQ(equivalent(*b, *a), GetParam().equal);
}

// Each rule of RFC 3261 section 19.1.4 both ways, then RFC 5954 and RFC 3966 section 5.
INSTANTIATE_TEST_SUITE_P(
    Rules, UriEquivalence,
    testing::Values(
        Pair{"sip:a@h.example", "sip:a@H.EXAMPLE", true},
        Pair{"sip:%61@h.example;transport=TCP", "sip:a@h.example;Transport=tcp", true},
        Pair{"sip:a@h.example", "sips:a@h.example", false},
        Pair{"sip:a@h.example", "sip:A@h.example", false},
        Pair{"sip:h.example", "sip:a@h.example", false},
        Pair{"sip:a:x@h.example", "sip:a@h.example", false},
        Pair{"sip:a:x@h.example", "sip:a:X@h.example", false},
        Pair{"sip:a@h.example", "sip:a@h.example:5060", false},
        Pair{"sip:a@h.example:5060", "sip:a@h.example:5060", true},
        Pair{"sip:a@h.example;newparam=5", "sip:a@h.example", true},
        Pair{"sip:a@h.example;newparam=5", "sip:a@h.example;security=on", true},
        Pair{"sip:a@h.example;security=on", "sip:a@h.example;security=off", false},
        Pair{"sip:a@h.example;x=1;x=2", "sip:a@h.example;x=1;x=2", true},
        Pair{"sip:a@h.example;x=1;x=2", "sip:a@h.example;x=2;x=1", false},
        Pair{"tel:+1;x=1;x=2", "tel:+1;x=1;x=2", true},
        Pair{"sip:a@h.example;p=1;q=2", "sip:a@h.example;q=2;p=1", true},
        Pair{"sip:a@h.example;transport=udp", "sip:a@h.example", false},
        Pair{"sip:a@h.example;user=ip", "sip:a@h.example", false},
        Pair{"sip:a@h.example;ttl=1", "sip:a@h.example", false},
        Pair{"sip:a@h.example;method=INVITE", "sip:a@h.example", false},
        Pair{"sip:a@h.example;maddr=1.2.3.4", "sip:a@h.example", false},
        Pair{"sip:a@h.example?subject=x&priority=y", "sip:a@h.example?priority=y&Subject=x", true},
        Pair{"sip:a@h.example?subject=x", "sip:a@h.example", false},
        Pair{"sip:a@h.example?subject=x", "sip:a@h.example?subject=y", false},
        Pair{"sip:a@h.example?s=x&s=x", "sip:a@h.example?s=x&s=y", false},
        // An escaped reserved character is another character; unreserved ones are the same.
        Pair{"sip:a%3Bb@h.example", "sip:a;b@h.example", false},
        Pair{"sip:a%3bb@h.example", "sip:a%3Bb@h.example", true},
        Pair{"sip:a%2Db@h.example", "sip:a-b@h.example", true},
        Pair{"sip:a@[2001:DB8:0::1]", "sip:a@[2001:db8::1]", true},
        Pair{"sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]", false},
        Pair{"tel:+1-201-555-0123", "tel:+12015550123", true},
        Pair{"tel:+12015550123", "tel:12015550123", false},
        Pair{"tel:69;phone-context=+1-2", "tel:69;phone-context=+12", true},
        Pair{"tel:69;phone-context=+1", "tel:69", false}, Pair{"urn:a:b", "URN:a:b", true},
        Pair{"urn:a:b", "urn:a:B", false}));

}  // namespace
}  // namespace portcullis::sip
