// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/simple_headers.hpp"

#include <algorithm>
#include <limits>

#include "common/base/text.hpp"
#include "signaling/sip/errc.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// 1*DIGIT, saturating.
std::optional<std::uint32_t> saturating_number(std::string_view text) {
    if (text.empty() || !std::all_of(text.begin(), text.end(), text::is_digit)) return std::nullopt;
    return text::to_number<std::uint32_t>(text).value_or(std::numeric_limits<std::uint32_t>::max());
}

// The value in front of the parameters, and the parameters.
struct Split {
    std::string_view head;
    Params params;
};

std::optional<Split> split_params(std::string_view text) {
    text = trim_wsp(text);
    const auto semicolon = text.find(';');
    const auto head = trim_wsp(text.substr(0, semicolon));
    if (semicolon == std::string_view::npos) return Split{head, {}};
    const auto params = parse_params(text.substr(semicolon));
    if (!params) return std::nullopt;
    return Split{head, *params};
}

Result<DialogReference> parse_reference(std::string_view text, std::string_view to_name,
                                        std::string_view from_name) {
    const auto split = split_params(text);
    if (!split || !is_all(CharClass::CallId, split->head)) {
        return fail(Errc::MalformedValue);
    }
    DialogReference out;
    out.call_id = split->head;
    for (const Param& param : split->params) {
        if (text::iequals(param.name, "early-only")) {
            out.early_only = true;
            continue;
        }
        const bool to = text::iequals(param.name, to_name);
        if (!to && !text::iequals(param.name, from_name)) continue;
        auto& tag = to ? out.to_tag : out.from_tag;
        // RFC 3891 section 6.1: each tag exactly once.
        if (!tag.empty() || param.value.empty() || param.value.front() == '"') {
            return fail(Errc::MalformedValue);
        }
        tag = param.value;
    }
    if (out.to_tag.empty() || out.from_tag.empty()) return fail(Errc::MalformedValue);
    return out;
}

}  // namespace

Result<std::uint32_t> parse_max_forwards(std::string_view text) {
    const auto number = text::to_number<std::uint32_t>(trim_wsp(text));
    if (!number || *number > 255) return fail(Errc::MalformedMaxForwards);
    return *number;
}

Result<std::uint32_t> parse_delta_seconds(std::string_view text) {
    const auto number = saturating_number(trim_wsp(text));
    if (!number) return fail(Errc::MalformedValue);
    return *number;
}

Result<SessionExpires> parse_session_expires(std::string_view text) {
    const auto split = split_params(text);
    if (!split) return fail(Errc::MalformedValue);
    const auto seconds = saturating_number(split->head);
    if (!seconds) return fail(Errc::MalformedValue);
    return SessionExpires{*seconds, split->params.get("refresher").value_or("")};
}

Result<RetryAfter> parse_retry_after(std::string_view text) {
    text = trim_wsp(text);
    std::size_t digits = 0;
    while (digits < text.size() && text::is_digit(text[digits])) ++digits;
    RetryAfter out;
    const auto seconds = saturating_number(text.substr(0, digits));
    if (!seconds) return fail(Errc::MalformedValue);
    out.seconds = *seconds;
    auto rest = trim_wsp_front(text.substr(digits));
    if (rest.starts_with('(')) {
        // Comments nest (RFC 3261 section 25.1).
        std::size_t depth = 0;
        std::size_t i = 0;
        for (; i < rest.size(); ++i) {
            if (rest[i] == '\\') {
                ++i;
            } else if (rest[i] == '(') {
                ++depth;
            } else if (rest[i] == ')' && --depth == 0) {
                break;
            }
        }
        if (i >= rest.size()) return fail(Errc::MalformedValue);
        out.comment = rest.substr(1, i - 1);
        rest = trim_wsp_front(rest.substr(i + 1));
    }
    const auto params = parse_params(rest);
    if (!params) return fail(Errc::MalformedValue);
    if (const auto duration = params->get("duration")) out.duration = saturating_number(*duration);
    return out;
}

Result<Reason> parse_reason(std::string_view text) {
    const auto split = split_params(text);
    if (!split || !is_token(split->head)) return fail(Errc::MalformedValue);
    Reason out;
    out.protocol = split->head;
    out.text = split->params.get("text").value_or("");
    if (const auto cause = split->params.get("cause")) {
        out.cause = text::to_number<std::uint32_t>(*cause);
        if (!out.cause) return fail(Errc::MalformedValue);
    }
    return out;
}

std::string print_reason(std::string_view protocol, std::uint32_t cause, std::string_view text) {
    std::string out(protocol);
    out += ";cause=";
    out += std::to_string(cause);
    if (!text.empty()) {
        out += ";text=";
        out += quote(text);
    }
    return out;
}

Result<std::uint32_t> parse_rseq(std::string_view text) {
    const auto number = text::to_number<std::uint32_t>(trim_wsp(text));
    if (!number || *number == 0) return fail(Errc::MalformedValue);
    return *number;
}

Result<RAck> parse_rack(std::string_view text) {
    text = trim_wsp(text);
    const auto space = text.find_first_of(" \t");
    if (space == std::string_view::npos) return fail(Errc::MalformedValue);
    const auto rseq = parse_rseq(text.substr(0, space));
    const auto cseq = parse_cseq(text.substr(space));
    if (!rseq || !cseq) return fail(Errc::MalformedValue);
    return RAck{*rseq, *cseq};
}

std::string print(const RAck& rack) { return std::to_string(rack.rseq) + " " + print(rack.cseq); }

Result<DialogReference> parse_replaces(std::string_view text) {
    return parse_reference(text, "to-tag", "from-tag");
}

Result<DialogReference> parse_target_dialog(std::string_view text) {
    return parse_reference(text, "local-tag", "remote-tag");
}

std::string print_replaces(const DialogReference& value) {
    std::string out(value.call_id);
    out += ";to-tag=";
    out += value.to_tag;
    out += ";from-tag=";
    out += value.from_tag;
    if (value.early_only) out += ";early-only";
    return out;
}

std::string print_target_dialog(const DialogReference& value) {
    std::string out(value.call_id);
    out += ";local-tag=";
    out += value.to_tag;
    out += ";remote-tag=";
    out += value.from_tag;
    return out;
}

std::string print_warning(unsigned code, std::string_view agent, std::string_view text) {
    return std::to_string(code) + " " + std::string(agent) + " " + quote(text);
}

bool MediaType::is(std::string_view wanted_type, std::string_view wanted_subtype) const {
    return text::iequals(type, wanted_type) && text::iequals(subtype, wanted_subtype);
}

Result<MediaType> parse_media_type(std::string_view text) {
    const auto split = split_params(text);
    if (!split) return fail(Errc::MalformedValue);
    const auto [type, subtype] = text::cut(split->head, '/');
    MediaType out{trim_wsp(type), trim_wsp(subtype), split->params};
    if (!is_token(out.type) || !is_token(out.subtype)) return fail(Errc::MalformedValue);
    return out;
}

}  // namespace portcullis::sip
