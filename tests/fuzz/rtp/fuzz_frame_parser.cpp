// SPDX-License-Identifier: BSD-2-Clause
// An Ethernet frame from a hostile wire: whatever is accepted lies within the frame.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "mediarelay/media/frame_parser.hpp"

using namespace portcullis::relay;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // What an mbuf can hold. A copy of exact size: reading past it is seen.
    if (size > 9216) return 0;
    const auto bytes = std::as_bytes(std::span(data, size));
    const std::vector<std::byte> frame(bytes.begin(), bytes.end());
    const FrameView view = parse_frame(frame.data(), frame.size());
    if (view.error != FrameError::None) return 0;
    const std::size_t address = view.is_v6 ? 16 : 4;
    if (view.payload_offset + view.payload_length > size ||
        view.payload_offset < kEthernetHeader + kIpv4Header + kUdpHeader ||
        view.source_address_offset() + address > view.payload_offset ||
        view.destination_address_offset() + address > view.payload_offset - kUdpHeader ||
        view.vlan > 4095) {
        std::abort();
    }
    return 0;
}
