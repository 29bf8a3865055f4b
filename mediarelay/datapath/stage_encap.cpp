// SPDX-License-Identifier: BSD-2-Clause
#include <cstring>

#include "mediarelay/datapath/flow_report.hpp"
#include "mediarelay/datapath/stages.hpp"
#include "mediarelay/media/checksum.hpp"

namespace portcullis::relay {

namespace {

constexpr std::uint8_t kHopLimit = 64;
constexpr std::uint16_t kDontFragment = 0x4000;

// What is known of one packet on its way out.
struct Departure {
    const Flow* flow;
    const MediaPool* pool;
    const PortBinding* binding;  // null: looped back to ourselves
    NextHop hop;
    bool v6;
    std::uint16_t l2_length;
    std::uint16_t ip_length;   // header only
    std::uint16_t udp_length;  // header and payload
};

// The new addresses. Sums are made of values, not of the header just written: reading back what
// was stored in smaller pieces stalls the processor.
ChecksumSum address_sum(const Departure& departure) {
    ChecksumSum sum;
    const std::size_t skip = departure.v6 ? 0 : 12;  // IPv4 stands last in a mapped address
    sum.add(departure.pool->address.bytes().data(), 16 - skip);
    sum.add(departure.flow->remote.data() + skip, 16 - skip);
    return sum;
}

// The payload's sum out of a checksum that the device found good (RFC 1624): the complement of all
// that was summed, less the old headers. False where there is nothing to build on.
bool payload_sum_from_old(const Burst& burst, std::uint32_t i, const StageContext& context,
                          ChecksumSum& sum) {
    const rte_mbuf& mbuf = *burst.mbufs[i];
    if ((mbuf.ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) != RTE_MBUF_F_RX_L4_CKSUM_GOOD) return false;
    const PortBinding* binding = context.binding(mbuf.port);
    if (binding == nullptr || !binding->offloads.rx_checksum_verdict) return false;
    const FrameView& frame = burst.frames[i];
    const std::byte* ip = burst.data(i) + frame.ip_offset;
    const std::byte* udp = burst.data(i) + frame.payload_offset - kUdpHeader;
    std::uint16_t old = 0;
    std::memcpy(&old, udp + 6, sizeof old);
    if (old == 0) return false;  // RFC 768: the sender made none

    ChecksumSum headers;
    headers.add(ip + (frame.is_v6 ? 8 : 12), frame.is_v6 ? 32 : 8);
    headers.add_u16(kProtocolUdp);
    headers.add_u16(static_cast<std::uint16_t>(frame.payload_length + kUdpHeader));
    headers.add(udp, 6);
    sum.add_raw(static_cast<std::uint16_t>(~old));
    sum.add_raw(static_cast<std::uint16_t>(~headers.folded()));
    return true;
}

void write_ethernet(std::byte* at, const Departure& departure) {
    std::memcpy(at, departure.hop.destination.data(), 6);
    std::memcpy(at + 6, departure.hop.source.data(), 6);
    at += 12;
    if (departure.hop.vlan != 0) {
        // The priority of voice (IEEE 802.1Q annex I).
        constexpr std::uint16_t kVoicePriority = 5U << 13;
        store_u16(at, kEtherTypeVlan);
        store_u16(at + 2, static_cast<std::uint16_t>(kVoicePriority | departure.hop.vlan));
        at += kVlanTag;
    }
    store_u16(at, departure.v6 ? kEtherTypeIpv6 : kEtherTypeIpv4);
}

void write_ipv4(std::byte* at, const Departure& departure, const ChecksumSum& addresses,
                bool device_sums) {
    const auto first = static_cast<std::uint16_t>(0x4500U | departure.flow->traffic_class);
    const auto total = static_cast<std::uint16_t>(kIpv4Header + departure.udp_length);
    constexpr std::uint16_t kLife = (std::uint16_t{kHopLimit} << 8) | kProtocolUdp;
    ChecksumSum sum = addresses;
    sum.add_u16(first);
    sum.add_u16(total);
    sum.add_u16(kDontFragment);
    sum.add_u16(kLife);
    const std::uint16_t checksum = device_sums ? std::uint16_t{0} : sum.checksum();

    store_u16(at, first);
    store_u16(at + 2, total);
    // RFC 6864 section 4.1: an atomic datagram needs no identification.
    store_u16(at + 4, 0);
    store_u16(at + 6, kDontFragment);
    store_u16(at + 8, kLife);
    std::memcpy(at + 10, &checksum, sizeof checksum);
    std::memcpy(at + 12, departure.pool->address.bytes().data(), 4);
    std::memcpy(at + 16, departure.flow->remote.data() + 12, 4);
}

void write_ipv6(std::byte* at, const Departure& departure) {
    store_u32(at, 0x60000000U | (std::uint32_t{departure.flow->traffic_class} << 20));
    store_u16(at + 4, departure.udp_length);
    store_u8(at + 6, kProtocolUdp);
    store_u8(at + 7, kHopLimit);
    std::memcpy(at + 8, departure.pool->address.bytes().data(), 16);
    std::memcpy(at + 24, departure.flow->remote.data(), 16);
}

// `payload`: its sum if known already, else null.
void write_udp(std::byte* at, const Departure& departure, const ChecksumSum& addresses,
               bool device_sums, const ChecksumSum* payload) {
    ChecksumSum sum = addresses;
    sum.add_u16(kProtocolUdp);
    sum.add_u16(departure.udp_length);
    std::uint16_t checksum = 0;
    if (device_sums) {
        checksum = sum.folded();  // the device adds the rest
    } else {
        sum.add_u16(departure.flow->local_port);
        sum.add_u16(departure.flow->remote_port);
        sum.add_u16(departure.udp_length);
        if (payload != nullptr) {
            sum.add_raw(payload->folded());
        } else {
            sum.add(at + kUdpHeader, departure.udp_length - kUdpHeader);
        }
        checksum = udp_checksum(sum);
    }
    store_u16(at, departure.flow->local_port);
    store_u16(at + 2, departure.flow->remote_port);
    store_u16(at + 4, departure.udp_length);
    std::memcpy(at + 6, &checksum, sizeof checksum);
}

// Where the packet goes and how large its headers are; kPending if it can go.
Outcome plan(const Burst& burst, std::uint32_t i, StageContext& context, Departure& departure) {
    const Flow& flow = context.sessions.flow(burst.out[i]);
    departure.flow = &flow;
    departure.pool = context.tables->pools.by_index(flow.pool);
    if (departure.pool == nullptr) return Outcome::NoPort;
    departure.v6 = (flow.tx_flags & kFlowRemoteV6) != 0;
    if (departure.v6 != departure.pool->address.is_v6()) return Outcome::NoRemote;
    departure.hop = context.next_hops.load(flow.next_hop);
    if (departure.hop.state != NextHop::State::Reachable &&
        departure.hop.state != NextHop::State::Local) {
        if (flow.next_hop == kNoNextHop) ask_for_next_hop(context, burst.out[i]);
        return Outcome::NoNextHop;
    }
    departure.binding = nullptr;
    if (departure.hop.state == NextHop::State::Reachable) {
        departure.binding = context.binding(departure.hop.port);
        if (departure.binding == nullptr) return Outcome::NoPort;
    }
    departure.l2_length =
        static_cast<std::uint16_t>(kEthernetHeader + (departure.hop.vlan != 0 ? kVlanTag : 0));
    departure.ip_length = departure.v6 ? kIpv6Header : kIpv4Header;
    const std::size_t udp_length = burst.frames[i].payload_length + kUdpHeader;
    if (departure.ip_length + udp_length > departure.hop.mtu) return Outcome::TooBig;
    departure.udp_length = static_cast<std::uint16_t>(udp_length);
    return kPending;
}

Outcome encapsulate(Burst& burst, std::uint32_t i, StageContext& context) {
    Departure departure;
    const Outcome outcome = plan(burst, i, context, departure);
    if (outcome != kPending) return outcome;

    rte_mbuf& mbuf = *burst.mbufs[i];
    const FrameView& frame = burst.frames[i];
    const std::size_t headers = departure.l2_length + departure.ip_length + kUdpHeader;
    const std::size_t payload_at = std::size_t{mbuf.data_off} + frame.payload_offset;
    if (payload_at < headers) return Outcome::NoHeadroom;

    const bool udp_by_device = departure.binding != nullptr &&
                               (departure.v6 ? departure.binding->offloads.udp_checksum_v6
                                             : departure.binding->offloads.udp_checksum_v4);
    const bool ip_by_device =
        udp_by_device && !departure.v6 && departure.binding->offloads.ipv4_checksum;
    ChecksumSum payload_sum;
    const bool have_sum = !udp_by_device && payload_sum_from_old(burst, i, context, payload_sum);

    // The payload stays where it is; the frame's start moves, whatever the old headers' size.
    mbuf.data_off = static_cast<std::uint16_t>(payload_at - headers);
    mbuf.data_len = static_cast<std::uint16_t>(headers + frame.payload_length);
    mbuf.pkt_len = mbuf.data_len;
    mbuf.ol_flags = 0;
    mbuf.vlan_tci = 0;

    std::byte* start = burst.data(i);
    std::byte* ip = start + departure.l2_length;
    const ChecksumSum addresses = address_sum(departure);
    write_ethernet(start, departure);
    if (departure.v6) {
        write_ipv6(ip, departure);
    } else {
        write_ipv4(ip, departure, addresses, ip_by_device);
    }
    write_udp(ip + departure.ip_length, departure, addresses, udp_by_device,
              have_sum ? &payload_sum : nullptr);
    if (udp_by_device) {
        mbuf.tx_offload =
            rte_mbuf_tx_offload(departure.l2_length, departure.ip_length, kUdpHeader, 0, 0, 0, 0);
        mbuf.ol_flags = RTE_MBUF_F_TX_UDP_CKSUM |
                        (departure.v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4) |
                        (ip_by_device ? RTE_MBUF_F_TX_IP_CKSUM : 0);
    }
    if (departure.binding == nullptr) return loop_back(burst, i, departure.hop, context);
    burst.ports[i] = departure.hop.port;
    return kPending;
}

}  // namespace

void stage_encap(Burst& burst, StageContext& context) {
    for_each_live(burst, [&](std::uint32_t i) { return encapsulate(burst, i, context); });
}

}  // namespace portcullis::relay
