// SPDX-License-Identifier: BSD-2-Clause
// Operator-written patterns: RE2 with fixed options, linear time and bounded memory.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace portcullis::config {

// Shared by compiled policies: RE2 is safe to match from any thread.
using Pattern = std::shared_ptr<const re2::RE2>;

// At most this much program and cache per pattern, bytes.
inline constexpr std::int64_t kMaxPatternMemory = std::int64_t{1} << 20U;

// The compiled pattern, or why it does not compile.
[[nodiscard]] std::expected<Pattern, std::string> compile_pattern(std::string_view text);

// Why `rewrite` cannot be used with `pattern`: a group that is not there, or a bad escape.
[[nodiscard]] std::optional<std::string> check_rewrite(const re2::RE2& pattern,
                                                       std::string_view rewrite);

}  // namespace portcullis::config
