// SPDX-License-Identifier: BSD-2-Clause
// Packets that get through: every byte of what leaves.
#include "tests/relay/relay_rig.hpp"

namespace portcullis::relay::test {
namespace {

class Forward : public CallTest {};

TEST_F(Forward, Ipv4ToIpv4) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    const Bytes payload = rtp();
    rig_.port(0).inject(from_core(payload));
    const DecodedFrame out = rig_.only_frame(1);
    EXPECT_EQ(out.destination, mac(52));
    EXPECT_EQ(out.source, mac(2));
    EXPECT_EQ(out.vlan, -1);
    EXPECT_EQ(out.from, "198.18.1.1:30000");
    EXPECT_EQ(out.to, "198.18.1.2:5000");
    EXPECT_EQ(out.hop_limit, 64);
    EXPECT_EQ(out.traffic_class, 46 << 2);  // EF (RFC 3246)
    EXPECT_TRUE(out.dont_fragment);
    EXPECT_EQ(out.payload, payload);
    rig_.port(1).inject(from_peer(payload));
    EXPECT_EQ(rig_.only_frame(0).to, "198.18.0.2:4000");
    EXPECT_EQ(rig_.outcome(Outcome::Forwarded), 2U);
    rig_.expect_books_balance();
}

TEST_F(Forward, Ipv4ToIpv6AndBack) {
    install_call(kPeerV6, "[fd00:18:1::2]:5000", kToPeer);
    const Bytes payload = rtp({.payload = 33});  // odd: the checksum pads it
    rig_.port(0).inject(from_core(payload));
    const DecodedFrame there = rig_.only_frame(1);
    EXPECT_EQ(there.from, "[fd00:18:1::1]:30000");
    EXPECT_EQ(there.to, "[fd00:18:1::2]:5000");
    EXPECT_EQ(there.hop_limit, 64);
    EXPECT_EQ(there.traffic_class, 46 << 2);
    EXPECT_EQ(there.payload, payload);

    rig_.port(1).inject(frame({.destination = mac(2),
                               .from = "[fd00:18:1::2]:5000",
                               .to = "[fd00:18:1::1]:30000",
                               .payload = payload}));
    const DecodedFrame back = rig_.only_frame(0);
    EXPECT_EQ(back.from, "198.18.0.1:20000");
    EXPECT_EQ(back.to, "198.18.0.2:4000");
    EXPECT_EQ(back.payload, payload);
    rig_.expect_books_balance();
}

TEST_F(Forward, Ipv6ToIpv6) {
    FlowConfig core = rig_.config(kCoreV6, 20000, "[fd00:18::2]:4000", kToCore, LegId{1});
    FlowConfig peer = rig_.config(kPeerV6, 30000, "[fd00:18:1::2]:5000", kToPeer, LegId{2});
    rig_.install(1, core, {.rtp = 2});
    rig_.install(2, peer, {.rtp = 1});
    rig_.port(0).inject(
        frame({.from = "[fd00:18::2]:4000", .to = "[fd00:18::1]:20000", .payload = rtp()}));
    EXPECT_EQ(rig_.only_frame(1).to, "[fd00:18:1::2]:5000");
}

TEST_F(Forward, VlanIn) {
    install_call(kPeerVlan, "198.18.2.2:5000", kToVlan);
    rig_.port(1).inject(frame({.destination = mac(2),
                               .vlan = 100,
                               .from = "198.18.2.2:5000",
                               .to = "198.18.2.1:30000",
                               .payload = rtp()}));
    EXPECT_EQ(rig_.only_frame(0).vlan, -1);
}

TEST_F(Forward, VlanOut) {
    install_call(kPeerVlan, "198.18.2.2:5000", kToVlan);
    rig_.port(0).inject(from_core(rtp()));
    const DecodedFrame out = rig_.only_frame(1);
    EXPECT_EQ(out.vlan, 100);
    EXPECT_EQ(out.priority, 5);
    EXPECT_EQ(out.from, "198.18.2.1:30000");
}

TEST_F(Forward, Ipv4OptionsTrailerAndMissingChecksumAreLeftBehind) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    const Bytes payload = rtp({.payload = 1});
    rig_.port(0).inject(frame({.from = "198.18.0.2:4000",
                               .to = "198.18.0.1:20000",
                               .payload = payload,
                               .ipv4_options = 40,
                               .trailer = 17,
                               .zero_udp_checksum = true}));
    EXPECT_EQ(rig_.only_frame(1).payload, payload);
}

// Frames of a local veth carry partial checksums: a wrong one is no reason to drop.
TEST_F(Forward, WrongIncomingChecksumIsReplaced) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    Bytes bytes = from_core(rtp());
    bytes[14 + 20 + 6] ^= std::byte{0x55};
    rig_.port(0).inject(bytes);
    EXPECT_EQ(rig_.only_frame(1).payload, rtp());
}

TEST_F(Forward, RtcpOnItsOwnPorts) {
    FlowConfig core_rtp = rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1});
    FlowConfig core_rtcp =
        rig_.config(kCoreV4, 20001, "198.18.0.2:4001", kToCore, LegId{1}, Component::Rtcp);
    FlowConfig peer_rtp = rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2});
    FlowConfig peer_rtcp =
        rig_.config(kPeerV4, 30001, "198.18.1.2:5001", kToPeer, LegId{2}, Component::Rtcp);
    core_rtp.sibling = 2;
    core_rtcp.sibling = 1;
    peer_rtp.sibling = 4;
    peer_rtcp.sibling = 3;
    rig_.install(1, core_rtp, {.rtp = 3, .rtcp = 4});
    rig_.install(2, core_rtcp, {.rtcp = 4});
    rig_.install(3, peer_rtp, {.rtp = 1, .rtcp = 2});
    rig_.install(4, peer_rtcp, {.rtcp = 2});

    rig_.port(0).inject(
        frame({.from = "198.18.0.2:4001", .to = "198.18.0.1:20001", .payload = rtcp()}));
    const DecodedFrame out = rig_.only_frame(1);
    EXPECT_EQ(out.from, "198.18.1.1:30001");
    EXPECT_EQ(out.to, "198.18.1.2:5001");
    EXPECT_EQ(out.payload, rtcp());
    EXPECT_EQ(rig_.worker().flow_stats(2).rx_rtcp_packets, 1U);
    EXPECT_EQ(rig_.worker().flow_stats(4).tx_rtcp_packets, 1U);
    EXPECT_EQ(rig_.worker().flow_stats(4).tx_packets, 0U);
}

// RFC 5761: one side muxes, the other does not.
TEST_F(Forward, RtcpMuxToSeparatePortsAndBack) {
    FlowConfig core = rig_.config(kCoreV4, 20000, "198.18.0.2:4000", kToCore, LegId{1});
    core.rtcp_mux = true;
    FlowConfig peer_rtp = rig_.config(kPeerV4, 30000, "198.18.1.2:5000", kToPeer, LegId{2});
    FlowConfig peer_rtcp =
        rig_.config(kPeerV4, 30001, "198.18.1.2:5001", kToPeer, LegId{2}, Component::Rtcp);
    peer_rtp.sibling = 4;
    peer_rtcp.sibling = 3;
    rig_.install(1, core, {.rtp = 3, .rtcp = 4});
    rig_.install(3, peer_rtp, {.rtp = 1});
    rig_.install(4, peer_rtcp, {.rtcp = 1});

    rig_.port(0).inject(from_core(rtp()));
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5000");
    rig_.port(0).inject(from_core(rtcp()));
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.2:5001");
    rig_.port(1).inject(frame({.destination = mac(2),
                               .from = "198.18.1.2:5001",
                               .to = "198.18.1.1:30001",
                               .payload = rtcp()}));
    const DecodedFrame back = rig_.only_frame(0);
    EXPECT_EQ(back.from, "198.18.0.1:20000");
    EXPECT_EQ(back.to, "198.18.0.2:4000");
    const FlowStats core_stats = rig_.worker().flow_stats(1);
    EXPECT_EQ(core_stats.rx_packets, 1U);
    EXPECT_EQ(core_stats.rx_rtcp_packets, 1U);
    EXPECT_EQ(core_stats.tx_rtcp_packets, 1U);
}

TEST_F(Forward, CopyLinkGetsItsOwnFrame) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    FlowConfig recorder = rig_.config(kPeerV6, 32000, "[fd00:18:1::9]:7000", kToPeer, LegId{3});
    rig_.install(5, recorder, {});
    FlowLinks links{.rtp = 2, .rtcp = 2};
    links.rtp_copies[1] = 5;
    ASSERT_EQ(rig_.command(SetLinks{1, links}), WorkerCompletion::Result::Done);

    rig_.port(0).inject(from_core(rtp()));
    rig_.run();
    std::vector<std::string> targets;
    while (auto bytes = rig_.port(1).take()) {
        const DecodedFrame out = decode(*bytes);
        EXPECT_EQ(out.fault, "");
        EXPECT_EQ(out.payload, rtp());
        targets.push_back(out.to);
    }
    std::sort(targets.begin(), targets.end());
    EXPECT_EQ(targets, (std::vector<std::string>{"198.18.1.2:5000", "[fd00:18:1::9]:7000"}));
    EXPECT_EQ(rig_.outcome(Outcome::Copied), 1U);
    EXPECT_EQ(rig_.outcome(Outcome::Forwarded), 1U);
    EXPECT_EQ(rig_.worker().flow_stats(5).tx_packets, 1U);
    rig_.expect_books_balance();
}

// More copies than a burst holds: 32 packets with four copies each.
TEST_F(Forward, CopiesOfAWholeBurst) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    FlowLinks links{.rtp = 2, .rtcp = 2};
    for (FlowIndex i = 0; i < kMaxCopies; ++i) {
        const auto port = static_cast<std::uint16_t>(32000 + 2 * i);
        rig_.install(10 + i, rig_.config(kPeerV4, port, "198.18.1.9:7000", kToPeer, LegId{3 + i}),
                     {});
        links.rtp_copies[i] = 10 + i;
    }
    ASSERT_EQ(rig_.command(SetLinks{1, links}), WorkerCompletion::Result::Done);
    for (std::uint16_t i = 0; i < 32; ++i) rig_.port(0).inject(from_core(rtp({.sequence = i})));
    rig_.run();
    std::size_t sent = 0;
    while (auto bytes = rig_.port(1).take()) {
        EXPECT_EQ(decode(*bytes).fault, "");
        ++sent;
    }
    EXPECT_EQ(sent, 32U * 5U);
    EXPECT_EQ(rig_.outcome(Outcome::Copied), 128U);
    rig_.expect_books_balance();
}

// A recorder hears a stream that is on hold towards the other party.
TEST_F(Forward, CopyGoesOutWhereForwardIsOff) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    rig_.install(5, rig_.config(kPeerV4, 32000, "198.18.1.9:7000", kToPeer, LegId{3}), {});
    FlowLinks links;
    links.rtp_copies[0] = 5;
    ASSERT_EQ(rig_.command(SetLinks{1, links}), WorkerCompletion::Result::Done);
    rig_.port(0).inject(from_core(rtp()));
    EXPECT_EQ(rig_.only_frame(1).to, "198.18.1.9:7000");
    EXPECT_EQ(rig_.outcome(Outcome::NoLink), 1U);
    rig_.expect_books_balance();
}

TEST_F(Forward, FiguresAreExact) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    std::uint64_t bytes = 0;
    for (const std::uint16_t sequence : std::array<std::uint16_t, 7>{65534, 65535, 1, 2, 2, 0, 5}) {
        const Bytes payload = rtp({.sequence = sequence, .payload = sequence % 50U});
        bytes += payload.size();
        rig_.port(0).inject(from_core(payload));
    }
    rig_.port(0).inject(from_core(rtcp()));
    rig_.run();
    const FlowStats core = rig_.worker().flow_stats(1);
    EXPECT_EQ(core.rx_packets, 7U);
    EXPECT_EQ(core.rx_bytes, bytes);
    EXPECT_EQ(core.rx_expected, 8U);  // 65534 .. 5
    EXPECT_EQ(core.rx_lost, 1U);      // A.3: 3 and 4 are missing, 2 came twice
    EXPECT_EQ(core.rx_duplicates, 1U);
    EXPECT_EQ(core.rx_reordered, 1U);
    EXPECT_EQ(core.rx_ssrc, 0x11111111U);
    EXPECT_EQ(core.rx_payload_type, 8);
    EXPECT_EQ(core.rx_rtcp_packets, 1U);
    EXPECT_EQ(core.latched, Endpoint::parse("198.18.0.2:4000"));
    EXPECT_GT(core.first_packet_us, 0);
    EXPECT_GE(core.last_packet_us, core.first_packet_us);
    const FlowStats peer = rig_.worker().flow_stats(2);
    EXPECT_EQ(peer.tx_packets, 7U);
    EXPECT_EQ(peer.tx_bytes, bytes);
    EXPECT_EQ(peer.tx_rtcp_packets, 1U);
    EXPECT_EQ(peer.rx_packets, 0U);
    rig_.expect_books_balance();
}

// What a device with checksum offload gets: the pseudo-header's sum and the flags.
class Offload : public CallTest {
 protected:
    Offload()
        : CallTest(
              {.offloads = {
                   .udp_checksum_v4 = true, .udp_checksum_v6 = true, .ipv4_checksum = true}}) {}
};

TEST_F(Offload, LeavesTheSumsToTheDevice) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    rig_.port(0).inject(from_core(rtp()));
    rig_.run();
    Bytes out = rig_.port(1).take().value();
    EXPECT_EQ(rig_.port(1).taken_flags(),
              RTE_MBUF_F_TX_UDP_CKSUM | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM);
    // What the device does: sum over the UDP packet with the pseudo-header's sum in place.
    PlainSum udp;
    udp.add(out, 34, out.size() - 34);
    const std::uint16_t sum = udp.checksum();
    out[40] = static_cast<std::byte>(sum >> 8);
    out[41] = static_cast<std::byte>(sum & 0xff);
    PlainSum ip;
    ip.add(out, 14, 20);
    out[24] = static_cast<std::byte>(ip.checksum() >> 8);
    out[25] = static_cast<std::byte>(ip.checksum() & 0xff);
    EXPECT_EQ(decode(out).fault, "");
}

// A device that verified the incoming checksum: ours is computed from it.
class Incremental : public CallTest {
 protected:
    Incremental() : CallTest({.offloads = {.rx_checksum_verdict = true}}) {}
};

TEST_F(Incremental, ChecksumFromAGoodOne) {
    install_call(kPeerV6, "[fd00:18:1::2]:5000", kToPeer);
    for (std::size_t size = 0; size < 200; ++size) {
        const Bytes payload = rtp({.sequence = static_cast<std::uint16_t>(size), .payload = size});
        rig_.port(0).inject(from_core(payload), RTE_MBUF_F_RX_L4_CKSUM_GOOD);
        EXPECT_EQ(rig_.only_frame(1).payload, payload);
    }
}

// Proof that the incoming checksum is what counts here: an error in it stays one.
TEST_F(Incremental, AnErrorInTheOldOneIsCarriedOver) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    Bytes bytes = from_core(rtp());
    bytes[14 + 20 + 7] ^= std::byte{1};
    rig_.port(0).inject(bytes, RTE_MBUF_F_RX_L4_CKSUM_GOOD);
    rig_.run();
    EXPECT_EQ(decode(rig_.port(1).take().value()).fault, "UDP checksum");
    // Without the device's word it is computed in full.
    rig_.port(0).inject(bytes);
    EXPECT_EQ(rig_.only_frame(1).fault, "");
}

TEST_F(Incremental, NoneInTheOldOneIsComputedInFull) {
    install_call(kPeerV4, "198.18.1.2:5000", kToPeer);
    rig_.port(0).inject(frame({.from = "198.18.0.2:4000",
                               .to = "198.18.0.1:20000",
                               .payload = rtp(),
                               .zero_udp_checksum = true}),
                        RTE_MBUF_F_RX_L4_CKSUM_GOOD);
    EXPECT_EQ(rig_.only_frame(1).payload, rtp());
}

}  // namespace
}  // namespace portcullis::relay::test
