// SPDX-License-Identifier: BSD-2-Clause
// Grammar: RFC 3261 section 25.1 as regular expressions, the judge between two parsers. Shares
// nothing with the parser that is tested.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace portcullis::sip::differential {

// A header section cut by the letter of RFC 3261 section 7.
struct Section {
    bool complete = false;  // a blank line ends it
    std::string start_line;
    struct Field {
        std::string name;   // canonical for the headers judged here, else as written
        std::string value;  // unfolded, trimmed
    };
    std::vector<Field> fields;
    std::vector<std::string> malformed;  // lines that are no field
    std::size_t body = 0;                // bytes behind the blank line

    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
};

[[nodiscard]] Section cut_section(std::string_view bytes);

// The first part that is not what the grammar says: "start-line", "field", or a header's name;
// empty if all are. Only what must be read is looked at: the mandatory headers, Contact, Route,
// Record-Route, Max-Forwards, Content-Length, Content-Type.
[[nodiscard]] std::string first_violation(const Section& section);

// Control bytes (but HTAB) in the text outside of a quoted-pair.
[[nodiscard]] bool has_control_bytes(std::string_view text);

// The values of a comma list.
[[nodiscard]] std::vector<std::string> split_list(std::string_view value);

}  // namespace portcullis::sip::differential
