// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/event_headers.hpp"

#include <gtest/gtest.h>

namespace portcullis::sip {
namespace {

// RFC 6665 section 8.4: event-type = event-package *( "." event-template ).
TEST(EventHeaders, Event) {
    struct Case {
        const char* text;
        bool good;
        const char* package;
        const char* templates;
        const char* id;
    };
    for (const auto& row : {Case{"refer", true, "refer", "", ""},
                            {" refer ; id=93809824 ", true, "refer", "", "93809824"},
                            {"presence.winfo", true, "presence", "winfo", ""},
                            {"a.b.c;x;id=7", true, "a", "b.c", "7"},
                            {"", false, "", "", ""},
                            {";id=1", false, "", "", ""},
                            {".winfo", false, "", "", ""},
                            {"a.", false, "", "", ""},
                            {"a..b", false, "", "", ""},
                            {"a b", false, "", "", ""},
                            {"a;id=\"x\"", false, "", "", ""},
                            {"a;;", false, "", "", ""}}) {
        const auto value = parse_event(row.text);
        ASSERT_EQ(value.has_value(), row.good) << row.text;
        if (!value) continue;
        EXPECT_EQ(value->package, row.package) << row.text;
        EXPECT_EQ(value->templates, row.templates) << row.text;
        EXPECT_EQ(value->id, row.id) << row.text;
    }
}

// RFC 6665 section 8.2.1: byte by byte, other parameters apart.
TEST(EventHeaders, Matching) {
    const auto matches = [](const char* a, const char* b) {
        return parse_event(a)->matches(*parse_event(b));
    };
    EXPECT_TRUE(matches("refer;id=1", "refer;x=2;id=1"));
    EXPECT_FALSE(matches("refer;id=1", "refer"));
    EXPECT_FALSE(matches("refer", "Refer"));
    EXPECT_FALSE(matches("presence", "presence.winfo"));
}

// RFC 6665 section 8.4.
TEST(EventHeaders, SubscriptionState) {
    using State = SubscriptionState::State;
    const auto active = parse_subscription_state("Active ;expires=60");
    ASSERT_TRUE(active);
    EXPECT_EQ(active->state, State::Active);
    EXPECT_EQ(active->expires, 60U);
    EXPECT_EQ(print(*active), "active;expires=60");
    const auto ended = parse_subscription_state("terminated;reason=probation;retry-after=5");
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->state, State::Terminated);
    EXPECT_EQ(ended->reason, "probation");
    EXPECT_EQ(ended->retry_after, 5U);
    EXPECT_EQ(print(*ended), "terminated;reason=probation;retry-after=5");
    const auto other = parse_subscription_state("resting");
    ASSERT_TRUE(other);
    EXPECT_EQ(other->state, State::Other);
    EXPECT_EQ(print(*other), "resting");
    EXPECT_EQ(parse_subscription_state("pending")->state, State::Pending);
    for (const auto* bad :
         {"", ";expires=1", "active;expires=x", "active;retry-after=-1", "two words", "active;"}) {
        EXPECT_FALSE(parse_subscription_state(bad)) << bad;
    }
}

}  // namespace
}  // namespace portcullis::sip
