// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/pattern.hpp"

#include <re2/re2.h>

namespace portcullis::config {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::expected<Pattern, std::string> compile_pattern(std::string_view text) {
    // Numbers are bytes; Latin1 keeps "." and classes at one byte whatever a peer sends.
    RE2::Options options(RE2::Latin1);
    options.set_log_errors(false);
    options.set_max_mem(kMaxPatternMemory);
    options.set_never_nl(true);
    auto pattern = std::make_shared<const re2::RE2>(piece(text), options);
    if (!pattern->ok()) return std::unexpected(pattern->error());
    return pattern;
}

std::optional<std::string> check_rewrite(const re2::RE2& pattern, std::string_view rewrite) {
    std::string error;
    if (pattern.CheckRewriteString(piece(rewrite), &error)) return std::nullopt;
    return error;
}

}  // namespace portcullis::config
