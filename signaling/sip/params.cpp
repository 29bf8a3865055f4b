// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/params.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {

void Params::Iterator::advance() {
    if (rest_.empty()) {
        done_ = true;
        return;
    }
    done_ = false;
    // The text was checked, so only a quoted value can hide a separator.
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != ';' && rest_[end] != '=') ++end;
    current_.name = trim_wsp(rest_.substr(0, end));
    current_.value = {};
    current_.has_value = end < rest_.size() && rest_[end] == '=';
    if (current_.has_value) {
        std::size_t begin = end + 1;
        while (begin < rest_.size() && is_wsp(rest_[begin])) ++begin;
        const auto quoted = skip_quoted(rest_, begin);
        end = rest_.find(';', quoted.value_or(begin));
        end = std::min(end, rest_.size());
        current_.value = trim_wsp(rest_.substr(begin, end - begin));
    }
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
}

std::optional<Param> Params::find(std::string_view name) const {
    for (const Param& param : *this) {
        if (text::iequals(param.name, name)) return param;
    }
    return std::nullopt;
}

std::optional<std::string_view> Params::get(std::string_view name) const {
    const auto param = find(name);
    if (!param) return std::nullopt;
    return param->value;
}

std::optional<std::string> Params::text_of(std::string_view name) const {
    const auto param = find(name);
    if (!param) return std::nullopt;
    return unquote(param->value);
}

Result<Params> parse_params(std::string_view text) {
    if (!scan_params(text, [](const Param&) { return true; })) {
        return fail(Errc::MalformedParameters);
    }
    return scanned_params(text);
}

void append(std::string& out, const Params& params) {
    for (const Param& param : params) {
        out += ';';
        out += param.name;
        if (!param.has_value) continue;
        out += '=';
        out += param.value;
    }
}

std::string print_without(const Params& params, std::string_view name) {
    std::string out;
    for (const Param& param : params) {
        if (text::iequals(param.name, name)) continue;
        out += ';';
        out += param.name;
        if (!param.has_value) continue;
        out += '=';
        out += param.value;
    }
    return out;
}

}  // namespace portcullis::sip
