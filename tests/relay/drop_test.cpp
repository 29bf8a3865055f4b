// SPDX-License-Identifier: BSD-2-Clause
// Packets that end here: each by its own outcome, none of them leaving anything behind.
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

struct Case {
    const char* name;
    Bytes bytes;
    Outcome want;
};

Bytes cut(Bytes bytes, std::size_t length) {
    bytes.resize(length);
    return bytes;
}
FrameFields good() {
    return {.from = "198.18.0.2:4000", .to = "198.18.0.1:20000", .payload = rtp()};
}
FrameFields good_v6() {
    return {.from = "[fd00:18::2]:4000", .to = "[fd00:18::1]:20000", .payload = rtp()};
}
template <class Change>
Bytes changed(FrameFields fields, Change change) {
    change(fields);
    return frame(fields);
}
template <class Change>
Bytes payload_changed(Change change) {
    FrameFields fields = good();
    change(fields.payload);
    return frame(fields);
}
Bytes arp() {
    Bytes bytes = cut(frame(good()), 42);
    bytes[12] = std::byte{0x08};
    bytes[13] = std::byte{0x06};
    return bytes;
}

class Drop : public CallTest, public testing::WithParamInterface<Case> {};

TEST_P(Drop, ByItsOutcome) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    FlowConfig v6 = rig_.config(kCoreV6, 20000, "[fd00:18::2]:4000", kToCore, LegId{3});
    rig_.install(3, v6, {.rtp = 2});
    rig_.port(0).inject(GetParam().bytes);
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(GetParam().want), 1U);
    EXPECT_EQ(rig_.worker().flow_stats(1).rx_packets, 0U);
    EXPECT_EQ(rig_.worker().flow_stats(1).latched, std::nullopt);
    rig_.expect_books_balance();
}

const auto kName = [](const auto& row) { return row.param.name; };

INSTANTIATE_TEST_SUITE_P(
    Frame, Drop,
    testing::Values(
        Case{"Runt", cut(frame(good()), 13), Outcome::Runt}, Case{"Empty", {}, Outcome::Runt},
        Case{"OtherStation", changed(good(), [](auto& f) { f.destination = mac(9); }),
             Outcome::NotOurMac},
        Case{"Broadcast", changed(good(), [](auto& f) { f.destination.fill(std::byte{0xff}); }),
             Outcome::NotOurMac},
        Case{"Arp", arp(), Outcome::NotIp},
        Case{"CutInIpv4", cut(frame(good()), 30), Outcome::BadIpv4},
        Case{"Ipv4LengthTooLong", changed(good(), [](auto& f) { f.ip_length_delta = 1; }),
             Outcome::BadIpv4},
        Case{"Ipv4Truncated", cut(frame(good()), 100), Outcome::BadIpv4},
        Case{"FirstFragment", changed(good(), [](auto& f) { f.fragment = 0x2000; }),
             Outcome::Ipv4Fragment},
        Case{"LaterFragment", changed(good(), [](auto& f) { f.fragment = 0x00b9; }),
             Outcome::Ipv4Fragment},
        Case{"Ipv6LengthTooLong", changed(good_v6(), [](auto& f) { f.ip_length_delta = 1; }),
             Outcome::BadIpv6},
        Case{"Ipv6Fragment", changed(good_v6(), [](auto& f) { f.next_header = 44; }),
             Outcome::Ipv6Fragment},
        Case{"Ipv6HopByHop", changed(good_v6(), [](auto& f) { f.next_header = 0; }),
             Outcome::Ipv6Extension},
        Case{"Tcp", changed(good(), [](auto& f) { f.next_header = 6; }), Outcome::NotUdp},
        Case{"UdpLengthTooLong", changed(good(), [](auto& f) { f.udp_length_delta = 1; }),
             Outcome::BadUdp},
        Case{"UdpLengthTooShort", changed(good(), [](auto& f) { f.udp_length_delta = -173; }),
             Outcome::BadUdp}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Destination, Drop,
    testing::Values(
        Case{"OtherAddress", changed(good(), [](auto& f) { f.to = "198.18.0.9:20000"; }),
             Outcome::NotOurAddress},
        Case{"AddressOfTheOtherPort", changed(good(), [](auto& f) { f.to = "198.18.1.1:30000"; }),
             Outcome::NotOurAddress},
        Case{"ForeignVlan", changed(good(), [](auto& f) { f.vlan = 7; }), Outcome::NotOurAddress},
        Case{"Sip", changed(good(), [](auto& f) { f.to = "198.18.0.1:5060"; }),
             Outcome::OutsidePool},
        Case{"NoSession", changed(good(), [](auto& f) { f.to = "198.18.0.1:20002"; }),
             Outcome::UnknownPort},
        Case{"RtcpPortOfAMuxedStream", changed(good(), [](auto& f) { f.to = "198.18.0.1:20001"; }),
             Outcome::UnknownPort}),
    kName);

// RFC 7983; threats: runts, CC, X and P overruns.
INSTANTIATE_TEST_SUITE_P(
    Media, Drop,
    testing::Values(
        Case{"EmptyDatagram", payload_changed([](auto& p) { p.clear(); }), Outcome::NotMedia},
        Case{"OneByte", payload_changed([](auto& p) { p.resize(1); }), Outcome::NotMedia},
        Case{"ElevenBytes", payload_changed([](auto& p) { p.resize(11); }), Outcome::BadRtp},
        Case{"Stun", payload_changed([](auto& p) { p[0] = std::byte{0}; }), Outcome::Stun},
        Case{"Dtls", payload_changed([](auto& p) { p[0] = std::byte{22}; }), Outcome::Dtls},
        Case{"Zrtp", payload_changed([](auto& p) { p[0] = std::byte{16}; }), Outcome::NotMedia},
        Case{"Turn", payload_changed([](auto& p) { p[0] = std::byte{64}; }), Outcome::NotMedia},
        Case{"Csrcs", payload_changed([](auto& p) {
                 p.resize(40);
                 p[0] = std::byte{0x8f};
             }),
             Outcome::BadRtp},
        Case{"Extension", payload_changed([](auto& p) {
                 p[0] = std::byte{0x90};
                 p[14] = std::byte{0xff};
             }),
             Outcome::BadRtp},
        Case{"Padding", payload_changed([](auto& p) {
                 p[0] = std::byte{0xa0};
                 p.back() = std::byte{0xff};
             }),
             Outcome::BadRtp},
        Case{"RtcpCut", payload_changed([](auto& p) {
                 p = rtcp();
                 p.resize(27);
             }),
             Outcome::BadRtcp}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Source, Drop,
    testing::Values(Case{"PortZero", changed(good(), [](auto& f) { f.from = "198.18.0.2:0"; }),
                         Outcome::BadSource},
                    Case{"Loopback", changed(good(), [](auto& f) { f.from = "127.0.0.1:4000"; }),
                         Outcome::BadSource},
                    Case{"Multicast", changed(good(), [](auto& f) { f.from = "224.0.0.1:4000"; }),
                         Outcome::BadSource},
                    Case{"Broadcast",
                         changed(good(), [](auto& f) { f.from = "255.255.255.255:4000"; }),
                         Outcome::BadSource},
                    Case{"Unspecified", changed(good(), [](auto& f) { f.from = "0.0.0.0:4000"; }),
                         Outcome::BadSource},
                    Case{"Stranger", changed(good(), [](auto& f) { f.from = "198.18.0.66:4000"; }),
                         Outcome::SourceRefused}),
    kName);

class Ending : public CallTest {
 protected:
    void expect_drop(Outcome want) {
        rig_.port(0).inject(from_core(rtp()));
        rig_.expect_silence();
        EXPECT_EQ(rig_.outcome(want), 1U);
        EXPECT_EQ(rig_.worker().flow_stats(2).tx_packets, 0U);
        rig_.expect_books_balance();
    }
    void change(FlowIndex flow, auto edit) {
        FlowSettings settings =
            flow == 1 ? rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1}).settings
                      : rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2}).settings;
        edit(settings);
        ASSERT_EQ(rig_.command(UpdateFlow{flow, settings}), WorkerCompletion::Result::Done);
    }
};

TEST_F(Ending, Segmented) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    const Bytes whole = from_core(rtp());
    rig_.port(0).inject_segmented(Bytes(whole.begin(), whole.begin() + 60),
                                  Bytes(whole.begin() + 60, whole.end()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::Segmented), 1U);
    rig_.expect_books_balance();
}

TEST_F(Ending, RtcpOnAnRtpPortWithoutMux) {
    rig_.install(1, rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1}), {});
    rig_.port(0).inject(from_core(rtcp()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::NotMedia), 1U);
}

TEST_F(Ending, RtpOnAnRtcpPort) {
    rig_.install(
        1, rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1}, Component::Rtcp), {});
    rig_.port(0).inject(from_core(rtp()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::NotMedia), 1U);
}

// RFC 3264 section 5.1: hold stops RTP, RTCP goes on.
TEST_F(Ending, ReceiveOff) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    change(1, [](auto& settings) { settings.receive = false; });
    expect_drop(Outcome::ReceiveOff);
    EXPECT_EQ(rig_.worker().flow_stats(1).rx_packets, 1U);  // heard, for the media timeout
    rig_.port(0).inject(from_core(rtcp()));
    EXPECT_EQ(rig_.only_frame(1).payload, rtcp());
}

TEST_F(Ending, SendOff) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    change(2, [](auto& settings) { settings.send = false; });
    expect_drop(Outcome::SendOff);
    rig_.port(0).inject(from_core(rtcp()));
    EXPECT_EQ(rig_.only_frame(1).payload, rtcp());
}

TEST_F(Ending, NoLink) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    ASSERT_EQ(rig_.command(SetLinks{1, {}}), WorkerCompletion::Result::Done);
    expect_drop(Outcome::NoLink);
}

TEST_F(Ending, LinkToARemovedFlow) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    ASSERT_EQ(rig_.command(RemoveFlow{2}), WorkerCompletion::Result::Done);
    expect_drop(Outcome::NoLink);
}

// Threats: no cross-talk, whatever a stale link says.
TEST_F(Ending, LinkToASlotThatServesAnotherSessionNow) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    ASSERT_EQ(rig_.command(RemoveFlow{2}), WorkerCompletion::Result::Done);
    FlowConfig other = rig_.config(kPeerV4, 30010, "198.18.1.3:5000", kToPeer, LegId{1});
    other.name.session = SessionId{2};
    rig_.install(2, other, {});
    expect_drop(Outcome::NoLink);
}

TEST_F(Ending, NoRemote) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    ASSERT_EQ(rig_.command(RemoveFlow{2}), WorkerCompletion::Result::Done);
    FlowConfig unknown = rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2});
    unknown.settings.remote.reset();
    rig_.install(2, unknown, {});
    expect_drop(Outcome::NoRemote);
}

TEST_F(Ending, RemoteOfAnotherFamilyThanThePool) {
    install_call(kPeerV4, "[fd00:18:1::2]:5000", kToPeer);
    expect_drop(Outcome::NoRemote);
}

TEST_F(Ending, NoNextHop) {
    install_call(kPeerV4, "198.18.1.2:5000", kNoNextHop);
    expect_drop(Outcome::NoNextHop);
}

TEST_F(Ending, NextHopIsBeingResolved) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    rig_.next_hops().store(kToPeer, {.state = NextHop::State::Resolving});
    expect_drop(Outcome::NoNextHop);
}

TEST_F(Ending, TooBig) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    NextHop hop = rig_.next_hops().load(kToPeer);
    hop.mtu = 20 + 8 + 172;
    rig_.next_hops().store(kToPeer, hop);
    rig_.port(0).inject(from_core(rtp()));
    EXPECT_EQ(rig_.only_frame(1).payload, rtp());
    --hop.mtu;
    rig_.next_hops().store(kToPeer, hop);
    rig_.port(0).inject(from_core(rtp()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::TooBig), 1U);
    rig_.expect_books_balance();
}

TEST_F(Ending, NoHeadroomForALargerHeader) {
    install_call(kPeerV6, "[fd00:18:1::2]:5000", kToPeer);
    rig_.port(0).inject(from_core(rtp()), 0, 0, 20);  // IPv6 needs 20 more
    EXPECT_EQ(rig_.only_frame(1).payload, rtp());
    rig_.port(0).inject(from_core(rtp()), 0, 0, 19);
    rig_.expect_silence();
    EXPECT_EQ(rig_.outcome(Outcome::NoHeadroom), 1U);
    rig_.expect_books_balance();
}

TEST_F(Ending, NextHopOfAPortThatIsGone) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    NextHop hop = rig_.next_hops().load(kToPeer);
    hop.port = 31;
    rig_.next_hops().store(kToPeer, hop);
    expect_drop(Outcome::NoPort);
}

TEST_F(Ending, EmptyTables) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    const WorkerTables nothing;
    ASSERT_EQ(rig_.command(SwapTables{&nothing}), WorkerCompletion::Result::Done);
    rig_.port(0).inject(from_core(rtp()));
    rig_.expect_silence();
    EXPECT_EQ(rig_.worker().counters().rx_frames.get(), 0U);  // nobody polls
}

class SmallRing : public CallTest {
 protected:
    SmallRing() : CallTest({.tx_ring = 16}) {}
};

TEST_F(SmallRing, TransmitFullIsCountedAndFreed) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    for (int i = 0; i < 2; ++i) {
        for (std::uint16_t k = 0; k < 15; ++k) rig_.port(0).inject(from_core(rtp()));
        rig_.run();
    }
    EXPECT_EQ(rig_.outcome(Outcome::Forwarded), 15U);  // what a ring of 16 holds
    EXPECT_EQ(rig_.outcome(Outcome::TransmitFull), 15U);
    EXPECT_EQ(rig_.worker().flow_stats(2).tx_packets, 15U);
    rig_.expect_books_balance();
}

TEST_F(Ending, CopyWithoutBuffers) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    rig_.install(5, rig_.config(kPeerV4, 32000, "198.18.1.9:7000", kToPeer, LegId{3}), {});
    FlowLinks links{.rtp = 2, .rtcp = 2};
    links.rtp_copies[0] = 5;
    ASSERT_EQ(rig_.command(SetLinks{1, links}), WorkerCompletion::Result::Done);
    rig_.port(0).inject(from_core(rtp()));
    std::vector<rte_mbuf*> hoard(rig_.mempool().available());
    ASSERT_EQ(rte_pktmbuf_alloc_bulk(rig_.mempool().get(), hoard.data(),
                                     static_cast<unsigned>(hoard.size())),
              0);
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5000");
    rte_pktmbuf_free_bulk(hoard.data(), static_cast<unsigned>(hoard.size()));
    EXPECT_EQ(rig_.outcome(Outcome::NoBuffer), 1U);
    rig_.expect_books_balance();
}

}  // namespace
}  // namespace portcullis::relay::test
