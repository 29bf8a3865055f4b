// SPDX-License-Identifier: BSD-2-Clause
#include "policy/number_rule.hpp"

#include <re2/re2.h>

#include <array>

namespace portcullis::policy {
namespace {

constexpr int kGroups = 10;  // \0 to \9

using Groups = std::array<re2::StringPiece, kGroups>;

bool match_groups(const re2::RE2& pattern, std::string_view number, Groups* groups) {
    const re2::StringPiece text(number.data(), number.size());
    return pattern.Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH,
                         groups == nullptr ? nullptr : groups->data(),
                         groups == nullptr ? 0 : kGroups);
}

}  // namespace

bool matches(const config::Pattern& pattern, std::string_view number) {
    return pattern == nullptr || match_groups(*pattern, number, nullptr);
}

std::optional<std::string> apply_rule(const NumberRule& rule, std::string_view number) {
    std::string out;
    if (!rule.replace.empty()) {
        Groups groups;
        if (!match_groups(*rule.pattern, number, &groups)) return std::nullopt;
        const re2::StringPiece rewrite(rule.replace.data(), rule.replace.size());
        if (!rule.pattern->Rewrite(&out, rewrite, groups.data(), kGroups)) return std::nullopt;
    } else {
        if (!matches(rule.pattern, number) || number.size() < rule.strip) return std::nullopt;
        out = rule.prepend;
        out += number.substr(rule.strip);
    }
    if (out.size() > kMaxNumberLength) return std::nullopt;
    return out;
}

}  // namespace portcullis::policy
