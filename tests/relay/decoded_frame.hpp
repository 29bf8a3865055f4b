// SPDX-License-Identifier: BSD-2-Clause
// Takes a frame that the relay sent apart, and checks everything that a receiver would.
#pragma once

#include <cstdint>
#include <string>

#include "tests/relay/frame_builder.hpp"

namespace portcullis::relay::test {

struct DecodedFrame {
    MacAddress destination{};
    MacAddress source{};
    int vlan = -1;
    int priority = 0;
    std::string from;  // "address:port"
    std::string to;
    int hop_limit = 0;
    int traffic_class = 0;
    bool dont_fragment = false;
    Bytes payload;
    // Empty if every length and checksum is right and nothing follows the payload.
    std::string fault;
};

DecodedFrame decode(const Bytes& frame);

}  // namespace portcullis::relay::test
