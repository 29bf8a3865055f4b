// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/hold.hpp"

#include "common/base/text.hpp"

namespace portcullis::sdp {

std::string without_hold(std::string_view description) {
    std::string out;
    out.reserve(description.size());
    while (!description.empty()) {
        const auto end = description.find('\n');
        const auto size = end == std::string_view::npos ? description.size() : end + 1;
        const auto line = description.substr(0, size);
        description.remove_prefix(size);
        const auto said = text::trim(line);
        const bool one_way = said == "a=sendonly" || said == "a=recvonly" || said == "a=inactive";
        out += one_way ? std::string_view("a=sendrecv\r\n") : line;
    }
    return out;
}

}  // namespace portcullis::sdp
