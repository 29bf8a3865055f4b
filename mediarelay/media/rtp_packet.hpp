// SPDX-License-Identifier: BSD-2-Clause
// RtpPacket: a checked view of an RTP packet's header (RFC 3550 section 5.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace portcullis::relay {

struct RtpPacket {
    std::uint8_t payload_type = 0;
    bool marker = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
    std::uint16_t header_length = 0;   // with CSRCs and extension
    std::uint16_t payload_length = 0;  // without padding
};

enum class Padding : std::uint8_t {
    Checked,  // the last byte counts the padding
    Opaque    // encrypted (SRTP): the last byte says nothing yet
};

// `packet`: the whole UDP payload, at most 65535 bytes. Empty if the version is not 2 or the CSRC
// list, the extension or the padding runs past the end (RFC 3550 appendix A.1).
[[nodiscard]] std::optional<RtpPacket> parse_rtp(std::span<const std::byte> packet,
                                                 Padding padding = Padding::Checked);

}  // namespace portcullis::relay
