// SPDX-License-Identifier: BSD-2-Clause
// Where in-dialog requests go when the peer speaks over a connection.
#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

constexpr transport::FlowId kFlow{0, 1, 1};

struct DestinationRow {
    const char* name;
    const char* contact;
    const char* extra;   // headers of the message with that Contact
    const char* remote;  // where our BYE goes
    bool over_flow;
};

void swap_in(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
}

class DestinationTable : public Harness, public testing::WithParamInterface<DestinationRow> {
 protected:
    static transport::Source over_tcp(const std::string& interface, const std::string& local,
                                      const std::string& remote) {
        return {kFlow, TransportKind::Tcp, *Endpoint::parse(local), *Endpoint::parse(remote),
                interface};
    }
    void expect_bye() {
        for (const auto& sent : transport.sent) {
            if (!sent.message->is_request() || sent.message->method() != sip::Method::Bye) continue;
            EXPECT_EQ(sent.destination.remote.text(), GetParam().remote);
            EXPECT_EQ(static_cast<bool>(sent.destination.flow), GetParam().over_flow);
            return;
        }
        FAIL() << "no BYE";
    }
};

class LegADestination : public DestinationTable {};

TEST_P(LegADestination, FollowsContactAndRoute) {
    auto text = invite(GetParam().extra);
    swap_in(text, "SIP/2.0/UDP", "SIP/2.0/TCP");
    swap_in(text, "sip:1001@198.18.0.2:5060", GetParam().contact);
    receive(text, over_tcp("core-v4", "198.18.0.1:5060", "198.18.0.2:41000"));
    const auto invite_b = last(to_carrier(), "INVITE");
    from_carrier(
        respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    from_carrier(in_dialog("BYE", *invite_b, 1, {}, true));
    expect_bye();
}

INSTANTIATE_TEST_SUITE_P(
    Tcp, LegADestination,
    testing::Values(
        DestinationRow{"the peer's listening port", "sip:1@198.18.0.2:5060;transport=tcp", "",
                       "198.18.0.2:5060", true},
        DestinationRow{"no transport named", "sip:1@198.18.0.2:5060", "", "198.18.0.2:5060", true},
        DestinationRow{"another host", "sip:1@198.18.0.77:5060;transport=tcp", "",
                       "198.18.0.77:5060", false},
        DestinationRow{"another transport", "sip:1@198.18.0.2:5060;transport=udp", "",
                       "198.18.0.2:5060", false},
        DestinationRow{"a route", "sip:1@198.18.0.77:5060",
                       "Record-Route: <sip:198.18.0.2;transport=tcp;lr>\n", "198.18.0.2:5060",
                       true},
        DestinationRow{"a route elsewhere", "sip:1@198.18.0.2:5060",
                       "Record-Route: <sip:198.18.0.78;transport=tcp;lr>\n", "198.18.0.78:5060",
                       false},
        DestinationRow{"a name", "sip:1@phone.example;transport=tcp", "", "198.18.0.2:41000", true},
        DestinationRow{"nowhere", "sip:1@127.0.0.1;transport=tcp", "", "198.18.0.2:41000", true}));

class LegBDestination : public DestinationTable {};

TEST_P(LegBDestination, FollowsContactAndRoute) {
    std::string document = kDocument;
    swap_in(document, "sip:198.18.1.2:5060", "sip:198.18.1.2:5060;transport=tcp");
    configure(document);
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    auto text = respond(*invite_b, 200, "b-tag", GetParam().contact, sdp("198.18.1.2", 6000));
    swap_in(text, "Server:", GetParam().extra + std::string("Server:"));
    receive(text, over_tcp("peer-v4", "198.18.1.1:40000", "198.18.1.2:5060"));
    const auto ok_a = last(to_pbx(), "200");
    from_pbx(in_dialog("ACK", *ok_a, 1));
    from_pbx(in_dialog("BYE", *ok_a, 2));
    expect_bye();
}

// The BYE of a fork that lost goes by the same rule.
TEST_P(LegBDestination, OfALosingFork) {
    std::string document = kDocument;
    swap_in(document, "sip:198.18.1.2:5060", "sip:198.18.1.2:5060;transport=tcp");
    configure(document);
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    const auto connection = over_tcp("peer-v4", "198.18.1.1:40000", "198.18.1.2:5060");
    receive(respond(*invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060;transport=tcp",
                    sdp("198.18.1.2", 6000)),
            connection);
    auto text = respond(*invite_b, 200, "c-tag", GetParam().contact, sdp("198.18.1.9", 6000));
    swap_in(text, "Server:", GetParam().extra + std::string("Server:"));
    receive(text, connection);
    expect_bye();
}

INSTANTIATE_TEST_SUITE_P(
    Tcp, LegBDestination,
    testing::Values(DestinationRow{"the gateway", "sip:b@198.18.1.2:5060;transport=tcp", "",
                                   "198.18.1.2:5060", true},
                    DestinationRow{"behind NAT", "sip:b@10.0.0.5:5060;transport=tcp", "",
                                   "198.18.1.2:5060", true},
                    DestinationRow{"another host", "sip:b@198.18.1.9:5060;transport=tcp", "",
                                   "198.18.1.9:5060", false},
                    DestinationRow{"a route", "sip:b@198.18.1.9:5060;transport=tcp",
                                   "Record-Route: <sip:198.18.1.2;transport=tcp;lr>\n",
                                   "198.18.1.2:5060", true}));

}  // namespace
}  // namespace portcullis::b2bua
