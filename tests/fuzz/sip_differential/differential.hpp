// SPDX-License-Identifier: BSD-2-Clause
// Two parsers on the same bytes: where they disagree, and why.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis::sip::differential {

// The class of the first disagreement between this project's parser and oSIP, as a row of
// tests/torture/disagreements.txt names it; empty if they agree; "unexplained ..." if nothing is
// known that makes one of them right.
[[nodiscard]] std::optional<std::string> disagreement(std::string_view bytes);

}  // namespace portcullis::sip::differential
