// SPDX-License-Identifier: BSD-2-Clause
// message_scanner: finds the few fields that decide a message's shard, without parsing the message.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::shard {

// What owner() looks at. Views into the scanned bytes; absent fields are empty.
struct Scan {
    bool is_response = false;
    std::string_view method;  // requests only
    std::string_view top_branch;
    std::string_view call_id;
    std::string_view to_tag;
    std::string_view to_uri;  // as written, without brackets
};

// Reads start line and headers up to the empty line. Knows compact forms, folded lines, white space
// before the colon and quoted strings; takes the first of each header, as the parser does. Never
// fails: a message it cannot follow yields empty fields.
[[nodiscard]] Scan scan(std::string_view raw);

}  // namespace portcullis::shard
