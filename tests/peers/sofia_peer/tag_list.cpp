// SPDX-License-Identifier: BSD-2-Clause
// Sofia-SIP's tag lists as a value that owns its texts.
#include "tests/peers/sofia_peer/tag_list.hpp"

#include <sofia-sip/sip_tag.h>
#include <sofia-sip/url_tag.h>

#include <utility>

namespace sofia_peer {

void TagList::text(tag_type_t tag, std::string value) {
    texts_.push_back(std::move(value));
    pointer(tag, texts_.back().c_str());
}

void TagList::text_if(tag_type_t tag, const std::string& value) {
    if (!value.empty()) text(tag, value);
}

void TagList::pointer(tag_type_t tag, const void* value) {
    add(tag, reinterpret_cast<tag_value_t>(value));
}

void TagList::header(const std::string& line) { text(siptag_header_str, line); }

const tagi_t* TagList::get() {
    if (tags_.empty() || tags_.back().t_tag != nullptr) tags_.push_back({nullptr, 0});
    return tags_.data();
}

}  // namespace sofia_peer
