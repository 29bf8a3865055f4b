// SPDX-License-Identifier: BSD-2-Clause
// FarEnd: the other side of a veth pair, as a peer of the relay sees it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "common/base/unique_fd.hpp"
#include "tests/relay/decoded_frame.hpp"
#include "tests/relay/frame_builder.hpp"

namespace portcullis::relay::test {

inline bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

// The far end of a veth pair, as a peer sees it.
class FarEnd {
 public:
    explicit FarEnd(const std::string& interface)
        : socket_(::socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))) {
        ::sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ETH_P_ALL);
        address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
        EXPECT_EQ(
            ::bind(socket_.get(), reinterpret_cast<const ::sockaddr*>(&address), sizeof address),
            0);
    }
    void send(const Bytes& bytes) {
        EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), 0),
                  static_cast<::ssize_t>(bytes.size()));
    }
    // The next frame to UDP port `port` that came in; others (IPv6 ND) are passed over.
    std::optional<DecodedFrame> take(const std::string& to) {
        Bytes bytes(4096);
        ::sockaddr_ll from{};
        ::socklen_t length = sizeof from;
        const ::ssize_t got = ::recvfrom(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                                         reinterpret_cast<::sockaddr*>(&from), &length);
        if (got < 60 || from.sll_pkttype == PACKET_OUTGOING) return std::nullopt;
        bytes.resize(static_cast<std::size_t>(got));
        if (bytes[12] != std::byte{0x08} || bytes[13] != std::byte{0}) return std::nullopt;
        const DecodedFrame decoded = decode(bytes);
        return decoded.to == to ? std::optional(decoded) : std::nullopt;
    }

 private:
    UniqueFd socket_;
};

}  // namespace portcullis::relay::test
