// SPDX-License-Identifier: BSD-2-Clause
// ChangeLog: what happened to each header field of a message that crossed, for the call's story.
#pragma once

#include <string>
#include <vector>

namespace portcullis::headers {

struct Change {
    std::string header;
    std::string before;  // as received; several values joined by ", "; empty: there was none
    std::string after;   // as sent; empty: not sent
    std::string why;     // in words, may be empty
};

// A field that crossed as it was leaves no entry.
using ChangeLog = std::vector<Change>;

// One line of printable ASCII, values shortened:
// "P-Asserted-Identity removed: the sender is not trusted; was <sip:a@b>".
[[nodiscard]] std::string describe(const Change& change);

}  // namespace portcullis::headers
