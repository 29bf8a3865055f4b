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

struct NameRow {
    const char* name;
    const char* contact;
    const char* extra;
    const char* asked;   // of DNS; empty: nothing
    const char* found;   // by DNS; empty: no such name
    const char* remote;  // where our BYE goes
};

// A next hop with a name, over UDP: it is asked for (RFC 3263), and what is found is used for what
// leaves from then on.
class NamedHop : public Harness, public testing::WithParamInterface<NameRow> {
 protected:
    std::vector<std::string> remotes(sip::Method method) {
        std::vector<std::string> out;
        for (const auto& sent : transport.sent) {
            const bool wanted = sent.message->is_request() && sent.message->method() == method;
            if (wanted) out.push_back(sent.destination.remote.text());
        }
        return out;
    }
};

TEST_P(NamedHop, OfLegB) {
    from_pbx(invite());
    const auto invite_b = last(to_carrier(), "INVITE");
    auto ok = respond(*invite_b, 200, "b-tag", GetParam().contact, sdp("198.18.1.2", 6000));
    swap_in(ok, "Server:", GetParam().extra + std::string("Server:"));
    transport.sent.clear();
    from_carrier(ok);
    const std::string gateway = "198.18.1.2:5060";
    EXPECT_EQ(remotes(sip::Method::Ack), std::vector{gateway}) << "the ACK waits for nobody";
    const auto ok_a = last(to_pbx(), "200");
    const std::string asked = dns.asked.empty() ? "" : dns.asked.back().host;
    EXPECT_EQ(asked, GetParam().asked);
    if (GetParam().found[0] == '\0') {
        dns.answer(fail(std::make_error_code(std::errc::host_unreachable)));
    } else {
        dns.answer(locate::Answer{
            .servers = {{TransportKind::Udp, *Endpoint::parse("[2001:db8::9]:5060"), {}},
                        {TransportKind::Udp, *Endpoint::parse(GetParam().found), {}}}});
    }
    from_carrier(ok);
    EXPECT_EQ(remotes(sip::Method::Ack).back(), GetParam().remote) << "of the repeated 200";
    from_pbx(in_dialog("ACK", *ok_a, 1));
    from_pbx(in_dialog("BYE", *ok_a, 2));
    EXPECT_EQ(remotes(sip::Method::Bye), std::vector<std::string>{GetParam().remote});
}

INSTANTIATE_TEST_SUITE_P(
    Udp, NamedHop,
    testing::Values(
        NameRow{"a Contact", "sip:b@Node7.carrier.example", "", "node7.carrier.example",
                "198.18.1.77:5060", "198.18.1.77:5060"},
        NameRow{"a route", "sip:b@10.0.0.5", "Record-Route: <sip:edge.carrier.example:5070;lr>\n",
                "edge.carrier.example", "198.18.1.78:5070", "198.18.1.78:5070"},
        NameRow{"the gateway itself", "sip:b@gw.carrier.example", "", "gw.carrier.example",
                "198.18.1.2:5060", "198.18.1.2:5060"},
        NameRow{"unknown", "sip:b@nowhere.example", "", "nowhere.example", "", "198.18.1.2:5060"},
        NameRow{"ourselves", "sip:b@evil.example", "", "evil.example", "127.0.0.1:5060",
                "198.18.1.2:5060"},
        NameRow{"no name at all", "sip:x7@df7jal23ls0d.invalid;transport=ws", "", "", "",
                "198.18.1.2:5060"}));

}  // namespace
}  // namespace portcullis::b2bua
