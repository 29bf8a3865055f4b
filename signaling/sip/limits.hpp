// SPDX-License-Identifier: BSD-2-Clause
// Limits: how much of a received message is looked at before it is refused.
#pragma once

#include <cstddef>

namespace portcullis::sip {

// All sizes in bytes. The defaults accept every legitimate message seen in the field and bound the
// work one hostile datagram can cause.
struct Limits {
    std::size_t message = 65535;         // whole message; also the bound of one datagram
    std::size_t header_section = 32768;  // start line, headers and the blank line
    std::size_t start_line = 8192;
    std::size_t header = 8192;  // one header field, folded lines included
    std::size_t headers = 256;  // number of header fields
    std::size_t vias = 70;      // Via values: as many hops as Max-Forwards allows by default
    std::size_t uri = 2048;     // Request-URI; longer ones are answered 414
    std::size_t body = 65535;
};

}  // namespace portcullis::sip
