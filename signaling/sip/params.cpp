// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/params.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// gen-value = token / host / quoted-string. Bare values are taken wider than token and host: any
// visible character that ends neither the parameter nor the value, as deployed parameters hold
// ':', '/', '@' and '='.
constexpr bool is_bare(char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7f &&
           c != ';' && c != ',' && c != '"' && c != '<' && c != '>';
}

// Length of the value at the front of `text`, or nothing if none is there.
std::optional<std::size_t> value_size(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (text.front() == '"') return skip_quoted(text);
    std::size_t size = 0;
    while (size < text.size() && is_bare(text[size])) ++size;
    if (size == 0) return std::nullopt;
    return size;
}

}  // namespace

void Params::Iterator::advance() {
    if (rest_.empty()) {
        done_ = true;
        return;
    }
    done_ = false;
    // The text was checked: only quotes can hide a separator.
    std::size_t end = 0;
    std::size_t equals = std::string_view::npos;
    for (; end < rest_.size() && rest_[end] != ';'; ++end) {
        if (rest_[end] == '=' && equals == std::string_view::npos) equals = end;
        if (rest_[end] == '"') {
            const auto after = skip_quoted(rest_, end);
            if (!after) break;
            end = *after - 1;
        }
    }
    const auto item = rest_.substr(0, end);
    current_.has_value = equals != std::string_view::npos;
    current_.name = trim_wsp(item.substr(0, equals));
    current_.value = current_.has_value ? trim_wsp(item.substr(equals + 1)) : std::string_view{};
    rest_ = end < rest_.size() ? rest_.substr(end + 1) : std::string_view{};
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
    auto rest = trim_wsp(text);
    if (rest.empty()) return Params{};
    if (rest.front() != ';') return fail(Errc::MalformedParameters);
    rest.remove_prefix(1);
    const Params params(rest);
    while (true) {
        rest = trim_wsp_front(rest);
        std::size_t name = 0;
        while (name < rest.size() && is_in(CharClass::Token, rest[name])) ++name;
        if (name == 0) return fail(Errc::MalformedParameters);
        rest = trim_wsp_front(rest.substr(name));
        if (!rest.empty() && rest.front() == '=') {
            rest = trim_wsp_front(rest.substr(1));
            const auto size = value_size(rest);
            if (!size) return fail(Errc::MalformedParameters);
            rest = trim_wsp_front(rest.substr(*size));
        }
        if (rest.empty()) return params;
        if (rest.front() != ';') return fail(Errc::MalformedParameters);
        rest.remove_prefix(1);
    }
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
