// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/metrics/exposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/text.hpp"

namespace portcullis::mgmt {

namespace {

bool is_name_char(char c) { return text::is_alpha(c) || text::is_digit(c) || c == '_' || c == ':'; }

std::string_view metric_name(std::string_view line) {
    std::size_t end = 0;
    while (end < line.size() && is_name_char(line[end])) ++end;
    if (end == 0 || text::is_digit(line.front())) return {};
    return line.substr(0, end);
}

// The end of a label set that starts with '{', past its '}'; npos when it does not end. Quoted
// values may hold braces and escaped quotes.
std::size_t labels_end(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == '}') {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

bool is_value(std::string_view text) {
    if (text == "NaN" || text == "+Inf" || text == "-Inf") return true;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

// "name{labels} value", without a time stamp: the scraper's clock is the one that counts.
bool is_sample(std::string_view line, std::string_view name) {
    std::string_view rest = line.substr(name.size());
    if (rest.starts_with('{')) {
        const auto end = labels_end(rest);
        if (end == std::string_view::npos) return false;
        rest.remove_prefix(end);
    }
    return rest.starts_with(' ') && is_value(text::trim(rest));
}

bool is_type(std::string_view text) {
    constexpr std::array<std::string_view, 5> kTypes{"counter", "gauge", "histogram", "summary",
                                                     "untyped"};
    return std::ranges::find(kTypes, text) != kTypes.end();
}

// True if `name` is a part of a histogram or summary called `family`.
bool is_part_of(std::string_view name, std::string_view family) {
    if (!name.starts_with(family)) return false;
    const auto suffix = name.substr(family.size());
    return suffix.empty() || suffix == "_bucket" || suffix == "_sum" || suffix == "_count";
}

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

Exposition::Family& Exposition::open(std::string_view name) {
    const auto [found, fresh] = index_.try_emplace(std::string(name), families_.size());
    if (fresh)
        families_.push_back({.name = std::string(name), .type = {}, .help = {}, .samples = {}});
    current_ = found->second;
    return families_[current_];
}

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
    Family& family = open(name);
    family.type = type;
    family.help = help;
}

void Exposition::sample(std::string_view name, const Labels& labels, double value) {
    std::string line(name);
    if (labels.size() > 0) {
        char separator = '{';
        for (const auto& [label, text] : labels) {
            line += fmt::format("{}{}=\"{}\"", separator, label, escaped(text));
            separator = ',';
        }
        line += '}';
    }
    line += fmt::format(" {}\n", value);
    open(name).samples += line;
}

std::size_t Exposition::absorb(std::string_view page) {
    std::size_t refused = 0;
    current_ = families_.size();  // none yet
    while (!page.empty()) {
        const auto [line, rest] = text::cut(page, '\n');
        page = rest;
        const auto trimmed = text::trim(line);
        if (!trimmed.empty() && !absorb_line(trimmed)) ++refused;
    }
    return refused;
}

bool Exposition::absorb_line(std::string_view line) {
    if (line.front() == '#') return absorb_comment(line);
    const auto name = metric_name(line);
    if (name.empty() || !is_sample(line, name)) return false;
    const bool continues =
        current_ < families_.size() && is_part_of(name, families_[current_].name);
    Family& family = continues ? families_[current_] : open(name);
    family.samples.append(line).push_back('\n');
    return true;
}

bool Exposition::absorb_comment(std::string_view line) {
    const bool is_help = line.starts_with("# HELP ");
    if (!is_help && !line.starts_with("# TYPE ")) return true;
    const auto rest = line.substr(7);
    const auto name = metric_name(rest);
    if (name.empty() || !rest.substr(name.size()).starts_with(' ')) return false;
    const auto words = text::trim(rest.substr(name.size()));
    if (!is_help && !is_type(words)) return false;
    Family& family = open(name);
    std::string& slot = is_help ? family.help : family.type;
    if (slot.empty()) slot = words;
    return true;
}

std::string Exposition::text() const {
    std::string out;
    for (const Family& family : families_) {
        if (family.samples.empty()) continue;
        if (!family.help.empty()) out += fmt::format("# HELP {} {}\n", family.name, family.help);
        if (!family.type.empty()) out += fmt::format("# TYPE {} {}\n", family.name, family.type);
        out += family.samples;
    }
    return out;
}

}  // namespace portcullis::mgmt
