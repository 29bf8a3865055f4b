// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/value_filter.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace portcullis::headers {

std::string_view one_of(std::string_view value, std::initializer_list<std::string_view> words) {
    const auto* const at = std::find_if(words.begin(), words.end(), [value](std::string_view word) {
        return text::iequals(value, word);
    });
    return at == words.end() ? std::string_view{} : *at;
}

bool is_clean_line(std::string_view value) {
    return !value.empty() && std::none_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

void add(HeaderList& out, sip::HeaderId id, std::string value) {
    if (!value.empty()) out.emplace_back(sip::name(id), std::move(value));
}

}  // namespace portcullis::headers
