// SPDX-License-Identifier: BSD-2-Clause
// What the values of a header may be: words of a closed set, tokens, or one line as it is.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "signaling/headers/header_list.hpp"
#include "signaling/sip/header_name.hpp"

namespace portcullis::headers {

// The one of `words` that `value` is, without case, as it stands in `words`; empty for any other.
[[nodiscard]] std::string_view one_of(std::string_view value,
                                      std::initializer_list<std::string_view> words);

// Without control bytes and not empty: fit to be a value as it is.
[[nodiscard]] bool is_clean_line(std::string_view value);

// Adds `value` under the canonical name of `id`, unless it is empty.
void add(HeaderList& out, sip::HeaderId id, std::string value);

}  // namespace portcullis::headers
