// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/history_info.hpp"

#include "common/base/text.hpp"
#include "signaling/headers/diversion.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

constexpr std::uint32_t kMaxStep = 9999;
constexpr std::size_t kMaxDepth = 64;

// Empty for anything but numbers and dots, and for what is too deep.
HistoryIndex parse_index(std::string_view text) {
    HistoryIndex out;
    while (!text.empty()) {
        const auto [step, rest] = text::cut(text, '.');
        const auto number = text::to_number<std::uint32_t>(step);
        if (!number || *number > kMaxStep || out.size() == kMaxDepth) return {};
        if (rest.empty() && text.back() == '.') return {};
        out.push_back(*number);
        text = rest;
    }
    return out;
}

// A final response's code, as RFC 4458 and the SIP protocol of Reason have it.
std::uint16_t parse_cause(std::string_view text) {
    const auto number = text::to_number<std::uint16_t>(text);
    return number && *number >= 100 && *number <= 699 ? *number : std::uint16_t{0};
}

void take_reason(std::string_view value, HistoryEntry& out) {
    sip::for_each_value(value, [&out](std::string_view one) {
        const auto reason = sip::parse_reason(one);
        if (!reason || !reason->cause) return true;
        if (text::iequals(reason->protocol, "SIP")) {
            out.sip_reason = parse_cause(std::to_string(*reason->cause));
        } else if (text::iequals(reason->protocol, "Q.850") && *reason->cause <= 127) {
            out.q850_reason = static_cast<std::uint16_t>(*reason->cause);
        }
        return true;
    });
}

// Escaped headers of the URI: Privacy and Reason (sections 5 and 10.1).
void take_headers(std::string_view headers, HistoryEntry& out) {
    while (!headers.empty()) {
        const auto [field, rest] = text::cut(headers, '&');
        headers = rest;
        const auto [name, escaped] = text::cut(field, '=');
        const auto value = sip::percent_unescape(escaped);
        if (!value) continue;
        if (text::iequals(name, "Privacy")) {
            out.privacy = text::iequals(text::trim(*value), "none") ? HistoryPrivacy::None
                                                                    : HistoryPrivacy::History;
        } else if (text::iequals(name, "Reason")) {
            take_reason(*value, out);
        }
    }
}

void take_target(const sip::Params& params, HistoryEntry& out) {
    constexpr std::pair<std::string_view, HistoryTarget> kTargets[] = {
        {"rc", HistoryTarget::Rc}, {"mp", HistoryTarget::Mp}, {"np", HistoryTarget::Np}};
    for (const auto& [name, target] : kTargets) {
        const auto value = params.get(name);
        if (!value) continue;
        out.target_index = parse_index(*value);
        if (!out.target_index.empty()) out.target = target;
        return;
    }
}

std::string_view name_of(HistoryTarget target) {
    switch (target) {
        case HistoryTarget::None:
            break;
        case HistoryTarget::Rc:
            return "rc";
        case HistoryTarget::Mp:
            return "mp";
        case HistoryTarget::Np:
            return "np";
    }
    return {};
}

// Of a URI's headers; a '?' of its user part is none of them.
void append_header(std::string& headers, std::string_view name, std::string_view value) {
    headers += headers.empty() ? '?' : '&';
    headers += name;
    headers += '=';
    headers += sip::percent_escape(value, sip::CharClass::UriHeader);
}

std::string print_reasons(const HistoryEntry& value) {
    std::string out;
    if (value.sip_reason != 0) out = sip::print_reason("SIP", value.sip_reason);
    if (value.q850_reason != 0) {
        out += (out.empty() ? "" : ",") + sip::print_reason("Q.850", value.q850_reason);
    }
    return out;
}

}  // namespace

std::vector<HistoryEntry> read_history(const sip::Message& message) {
    std::vector<HistoryEntry> out;
    for (const auto value : message.values(sip::HeaderId::HistoryInfo)) {
        const auto address = sip::parse_name_addr(value);
        auto party = address ? party_of(*address) : std::nullopt;
        if (!party) continue;
        HistoryEntry made{.party = std::move(*party)};
        made.index = parse_index(address->params.get("index").value_or(""));
        if (made.index.empty()) {
            if (!out.empty()) made.index = out.back().index;
            if (made.index.size() == kMaxDepth) made.index.pop_back();
            made.index.push_back(1);
        }
        take_target(address->params, made);
        if (address->uri.is_sip()) {
            made.cause = parse_cause(address->uri.params.get("cause").value_or(""));
            take_headers(address->uri.headers, made);
        }
        // The second oldest gives way: the first names whom the call was for.
        if (out.size() == kMaxRedirections) out.erase(out.begin() + 1);
        out.push_back(std::move(made));
    }
    return out;
}

std::string print_index(const HistoryIndex& index) {
    std::string out;
    for (const auto step : index) {
        if (!out.empty()) out += '.';
        out += std::to_string(step);
    }
    return out;
}

std::string print(const HistoryEntry& value, std::string_view domain) {
    Party party = value.party;
    const auto reasons = print_reasons(value);
    // A tel URI has no room for a cause or for headers: the number is a SIP user then.
    if (value.cause != 0 || !reasons.empty() || value.privacy != HistoryPrivacy::Unsaid) {
        party.tel = false;
    }
    const auto cause = value.cause == 0 ? std::string() : ";cause=" + std::to_string(value.cause);
    std::string headers;
    if (value.privacy == HistoryPrivacy::History) append_header(headers, "Privacy", "history");
    if (value.privacy == HistoryPrivacy::None) append_header(headers, "Privacy", "none");
    if (!reasons.empty()) append_header(headers, "Reason", reasons);
    std::string out = print_name(party) + "<" + print_uri(party, domain, cause) + headers +
                      ">;index=" + print_index(value.index);
    if (value.target != HistoryTarget::None) {
        out += ";";
        out += name_of(value.target);
        out += "=" + print_index(value.target_index);
    }
    return out;
}

void anonymise(HistoryEntry& entry) {
    entry.party = anonymous_party();
    entry.privacy = HistoryPrivacy::Unsaid;
}

}  // namespace portcullis::headers
