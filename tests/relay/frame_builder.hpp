// SPDX-License-Identifier: BSD-2-Clause
// Builds frames byte by byte, with code of its own: the relay's writer is what is judged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/net/endpoint.hpp"
#include "mediarelay/kernel/mac_address.hpp"

namespace portcullis::relay::test {

using Bytes = std::vector<std::byte>;

MacAddress mac(std::uint8_t last);  // 02:00:00:00:00:<last>

struct RtpFields {
    std::uint16_t sequence = 1;
    std::uint32_t timestamp = 160;
    std::uint32_t ssrc = 0x11111111;
    std::uint8_t payload_type = 8;
    std::size_t payload = 160;  // bytes, filled with the sequence number's low byte
};
Bytes rtp(const RtpFields& fields = {});
Bytes rtcp(std::uint32_t ssrc = 0x11111111);  // SR and SDES

struct FrameFields {
    MacAddress destination = mac(1);
    MacAddress source = mac(100);
    int vlan = -1;  // -1: no tag
    std::string from = "198.18.0.2:4000";
    std::string to{};
    Bytes payload{};
    std::size_t ipv4_options = 0;  // bytes, a multiple of 4
    std::size_t trailer = 0;       // bytes of Ethernet padding
    bool zero_udp_checksum = false;
    int ip_length_delta = 0;   // added to what the IP header says
    int udp_length_delta = 0;  // added to what the UDP header says
    std::uint16_t fragment = 0;
    std::uint8_t next_header = 17;
};
// Ethernet, IPv4 or IPv6 as the addresses are, UDP with a right checksum.
Bytes frame(const FrameFields& fields);

// RFC 1071, one word at a time, over whatever is put in.
class PlainSum {
 public:
    void add(const Bytes& bytes, std::size_t from, std::size_t length);
    void add(std::uint32_t word) { sum_ += word; }
    [[nodiscard]] std::uint16_t checksum() const;

 private:
    std::uint64_t sum_ = 0;
};

}  // namespace portcullis::relay::test
