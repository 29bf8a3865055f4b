// SPDX-License-Identifier: BSD-2-Clause
#include "tests/relay/frame_builder.hpp"

namespace portcullis::relay::test {

namespace {

void put(Bytes& out, std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}
void put(Bytes& out, std::span<const std::byte> bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void patch(Bytes& out, std::size_t at, std::uint16_t value) {
    out[at] = static_cast<std::byte>(value >> 8);
    out[at + 1] = static_cast<std::byte>(value & 0xff);
}

}  // namespace

MacAddress mac(std::uint8_t last) {
    return {std::byte{2}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{last}};
}

void PlainSum::add(const Bytes& bytes, std::size_t from, std::size_t length) {
    for (std::size_t i = 0; i < length; ++i) {
        const auto value = std::to_integer<std::uint32_t>(bytes.at(from + i));
        sum_ += i % 2 == 0 ? value << 8 : value;
    }
}

std::uint16_t PlainSum::checksum() const {
    std::uint64_t sum = sum_;
    while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
}

Bytes rtp(const RtpFields& fields) {
    Bytes out;
    put(out, 0x80, 1);
    put(out, fields.payload_type, 1);
    put(out, fields.sequence, 2);
    put(out, fields.timestamp, 4);
    put(out, fields.ssrc, 4);
    out.resize(out.size() + fields.payload, static_cast<std::byte>(fields.sequence));
    return out;
}

Bytes rtcp(std::uint32_t ssrc) {
    Bytes out;
    put(out, 0x80c80006, 4);
    put(out, ssrc, 4);
    put(out, 0x83aa7e8080000000, 8);
    put(out, 0x00000140, 4);
    put(out, 100, 4);
    put(out, 16000, 4);
    put(out, 0x81ca0003, 4);
    put(out, ssrc, 4);
    put(out, 0x0104616263640000, 8);
    return out;
}

Bytes frame(const FrameFields& fields) {
    const Endpoint from = Endpoint::parse(fields.from).value();
    const Endpoint to = Endpoint::parse(fields.to).value();
    const bool v6 = to.address.is_v6();
    Bytes out;
    put(out, fields.destination);
    put(out, fields.source);
    if (fields.vlan >= 0) put(out, 0x81000000U | static_cast<std::uint32_t>(fields.vlan), 4);
    put(out, v6 ? 0x86dd : 0x0800, 2);

    const std::size_t ip = out.size();
    const auto udp_length = static_cast<std::uint16_t>(8 + fields.payload.size());
    const int ip_payload = udp_length + fields.ip_length_delta;
    if (v6) {
        put(out, 0x60000000, 4);
        put(out, static_cast<std::uint64_t>(ip_payload), 2);
        put(out, fields.next_header, 1);
        put(out, 64, 1);
    } else {
        const std::size_t header = 20 + fields.ipv4_options;
        put(out, 0x40 + header / 4, 1);
        put(out, 0, 1);
        put(out, static_cast<std::uint64_t>(static_cast<int>(header) + ip_payload), 2);
        put(out, 0x1234, 2);
        put(out, fields.fragment, 2);
        put(out, 64, 1);
        put(out, fields.next_header, 1);
        put(out, 0, 2);
    }
    put(out, from.address.bytes());
    put(out, to.address.bytes());
    if (!v6) {
        out.resize(out.size() + fields.ipv4_options, std::byte{1});  // no operation
        PlainSum sum;
        sum.add(out, ip, 20 + fields.ipv4_options);
        patch(out, ip + 10, sum.checksum());
    }

    const std::size_t udp = out.size();
    put(out, from.port, 2);
    put(out, to.port, 2);
    put(out, static_cast<std::uint64_t>(udp_length + fields.udp_length_delta), 2);
    put(out, 0, 2);
    put(out, fields.payload);
    if (!fields.zero_udp_checksum) {
        PlainSum sum;
        sum.add(out, ip + (v6 ? 8 : 12), v6 ? 32 : 8);
        sum.add(17U + udp_length);
        sum.add(out, udp, udp_length);
        patch(out, udp + 6, sum.checksum() == 0 ? 0xffff : sum.checksum());
    }
    out.resize(out.size() + fields.trailer, std::byte{0xee});
    return out;
}

}  // namespace portcullis::relay::test
