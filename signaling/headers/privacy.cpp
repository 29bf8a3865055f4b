// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/privacy.hpp"

#include <array>

#include "common/base/text.hpp"
#include "signaling/sip/name_addr.hpp"

namespace portcullis::headers {
namespace {

struct Word {
    std::string_view name;
    bool PrivacyRequest::* member;
};

constexpr std::array kWords{
    Word{"header", &PrivacyRequest::header},     Word{"session", &PrivacyRequest::session},
    Word{"user", &PrivacyRequest::user},         Word{"id", &PrivacyRequest::id},
    Word{"history", &PrivacyRequest::history},   Word{"none", &PrivacyRequest::none},
    Word{"critical", &PrivacyRequest::critical},
};

void take(std::string_view word, PrivacyRequest& out) {
    word = text::trim(word);
    if (word.empty()) return;
    for (const auto& row : kWords) {
        if (!text::iequals(word, row.name)) continue;
        out.*row.member = true;
        return;
    }
    out.unknown = true;
}

// The grammar has ';' between values; ',' is seen as well.
void take_all(std::string_view field, PrivacyRequest& out) {
    while (!field.empty()) {
        const auto end = field.find_first_of(";,");
        take(field.substr(0, end), out);
        if (end == std::string_view::npos) return;
        field.remove_prefix(end + 1);
    }
}

bool asks_by_remote_party(std::string_view value) {
    const auto address = sip::parse_name_addr(value);
    if (!address) return false;
    const auto wanted = address->params.get("privacy").value_or("");
    // "full", "name", "uri" and their "-network" forms.
    for (const std::string_view kind : {"full", "name", "uri"}) {
        if (text::istarts_with(wanted, kind)) return true;
    }
    return false;
}

}  // namespace

PrivacyRequest read_privacy(const sip::Message& message) {
    PrivacyRequest out;
    for (const auto field : message.values(sip::HeaderId::Privacy)) take_all(field, out);
    for (const auto value : message.values(sip::HeaderId::RemotePartyId)) {
        if (asks_by_remote_party(value)) out.id = true;
    }
    return out;
}

std::string print_privacy(const PrivacyRequest& request) {
    std::string out;
    for (const auto& row : kWords) {
        if (!(request.*row.member)) continue;
        if (!out.empty()) out += ';';
        out += row.name;
    }
    return out;
}

bool must_refuse(const PrivacyRequest& request) { return request.critical && request.unknown; }

}  // namespace portcullis::headers
