// SPDX-License-Identifier: BSD-2-Clause
// Sofia-SIP's tag lists as a value that owns its texts.
#pragma once

#include <sofia-sip/su_tag.h>

#include <deque>
#include <string>
#include <vector>

namespace sofia_peer {

// The options of one nua call. Every nua function copies what it is given, so a list lives no
// longer than the call it was made for. One thread.
class TagList {
 public:
    TagList() = default;
    TagList(const TagList&) = delete;
    TagList& operator=(const TagList&) = delete;

    void text(tag_type_t tag, std::string value);
    void text_if(tag_type_t tag, const std::string& value);
    void number(tag_type_t tag, int value) { add(tag, value); }
    void pointer(tag_type_t tag, const void* value);
    // Any header, "Name: value".
    void header(const std::string& line);

    // The whole list, ended; valid until the next change.
    const tagi_t* get();

 private:
    void add(tag_type_t tag, tag_value_t value) { tags_.push_back({tag, value}); }

    std::vector<tagi_t> tags_;
    std::deque<std::string> texts_;  // a deque: growing moves no text
};

}  // namespace sofia_peer
