// SPDX-License-Identifier: BSD-2-Clause
#include "tests/relay/decoded_frame.hpp"

#include <algorithm>

namespace portcullis::relay::test {

namespace {

std::uint32_t get(const Bytes& bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = (value << 8) | std::to_integer<std::uint32_t>(bytes.at(at + i));
    }
    return value;
}

// Reads the IP header at `ip`; gives the UDP header's offset and the length that IP says it has.
std::size_t decode_ip(const Bytes& frame, std::size_t ip, bool v6, DecodedFrame& out,
                      std::size_t& udp_room, IpAddress& from, IpAddress& to) {
    const std::span<const std::byte> bytes(frame);
    if (v6) {
        if (get(frame, ip, 1) >> 4 != 6) out.fault = "IP version";
        if (get(frame, ip + 6, 1) != 17) out.fault = "next header";
        out.traffic_class = static_cast<int>((get(frame, ip, 2) >> 4) & 0xff);
        out.hop_limit = static_cast<int>(get(frame, ip + 7, 1));
        udp_room = get(frame, ip + 4, 2);
        from = IpAddress::v6(bytes.subspan(ip + 8).first<16>());
        to = IpAddress::v6(bytes.subspan(ip + 24).first<16>());
        return ip + 40;
    }
    if (get(frame, ip, 1) != 0x45) out.fault = "IPv4 version or header length";
    if (get(frame, ip + 9, 1) != 17) out.fault = "protocol";
    out.traffic_class = static_cast<int>(get(frame, ip + 1, 1));
    out.hop_limit = static_cast<int>(get(frame, ip + 8, 1));
    out.dont_fragment = get(frame, ip + 6, 2) == 0x4000;
    udp_room = get(frame, ip + 2, 2) - 20;
    PlainSum sum;
    sum.add(frame, ip, 20);
    if (sum.checksum() != 0) out.fault = "IPv4 header checksum";
    from = IpAddress::v4(get(frame, ip + 12, 4));
    to = IpAddress::v4(get(frame, ip + 16, 4));
    return ip + 20;
}

}  // namespace

DecodedFrame decode(const Bytes& frame) {
    DecodedFrame out;
    std::copy_n(frame.begin(), 6, out.destination.begin());
    std::copy_n(frame.begin() + 6, 6, out.source.begin());
    std::size_t ip = 14;
    std::uint32_t type = get(frame, 12, 2);
    if (type == 0x8100) {
        out.vlan = static_cast<int>(get(frame, 14, 2) & 0xfff);
        out.priority = static_cast<int>(get(frame, 14, 2) >> 13);
        type = get(frame, 16, 2);
        ip = 18;
    }
    if (type != 0x0800 && type != 0x86dd) {
        out.fault = "ether type";
        return out;
    }
    const bool v6 = type == 0x86dd;
    std::size_t room = 0;
    IpAddress from;
    IpAddress to;
    const std::size_t udp = decode_ip(frame, ip, v6, out, room, from, to);
    const std::uint32_t length = get(frame, udp + 4, 2);
    if (room != length) out.fault = "IP and UDP lengths differ";
    if (udp + length != frame.size()) out.fault = "frame length";
    out.from = Endpoint{from, static_cast<std::uint16_t>(get(frame, udp, 2))}.text();
    out.to = Endpoint{to, static_cast<std::uint16_t>(get(frame, udp + 2, 2))}.text();
    if (get(frame, udp + 6, 2) == 0) out.fault = "no UDP checksum";
    PlainSum sum;
    sum.add(frame, ip + (v6 ? 8 : 12), v6 ? 32 : 8);
    sum.add(17 + length);
    sum.add(frame, udp, length);
    if (sum.checksum() != 0) out.fault = "UDP checksum";
    out.payload.assign(frame.begin() + static_cast<std::ptrdiff_t>(udp + 8), frame.end());
    return out;
}

}  // namespace portcullis::relay::test
