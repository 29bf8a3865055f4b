// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/info_uris.hpp"

#include "common/base/text.hpp"
#include "signaling/headers/party.hpp"
#include "signaling/headers/value_filter.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::headers {
namespace {

using config::InfoUris;
using sip::HeaderId;

constexpr std::size_t kMaxInfoUris = 8;

// urn:alert:<category>:<labels> (RFC 7462 section 7); a private label may name its provider's
// domain behind '@'.
bool is_alert_urn(const sip::Uri& uri) {
    return text::iequals(uri.scheme_text, "urn") && text::istarts_with(uri.opaque, "alert:") &&
           sip::is_all(sip::CharClass::Uric, uri.opaque) &&
           uri.opaque.find('@') == std::string_view::npos;
}

std::string hidden(const Crossing& crossing, const sip::NameAddr& address) {
    if (is_alert_urn(address.uri)) return "<urn:" + text::to_lower(address.uri.opaque) + ">";
    if (!address.uri.is_sip()) return {};
    const auto party = party_of(address);
    return party ? "<" + print_uri(*party, crossing.context.domain) + ">" : std::string();
}

std::string as_it_is(const sip::NameAddr& address) {
    return is_clean_line(address.uri_text) && address.uri_text.find('>') == std::string_view::npos
               ? "<" + std::string(address.uri_text) + ">"
               : std::string();
}

// `purpose`: a Call-Info without it means nothing (section 20.9).
void pass_uris(const Crossing& crossing, HeaderId id, InfoUris how, bool purpose, HeaderList& out) {
    if (how == InfoUris::Drop) return;
    std::size_t passed = 0;
    for (const auto value : crossing.message.values(id)) {
        const auto address = sip::parse_name_addr(value);
        if (!address || passed == kMaxInfoUris) continue;
        auto kept = how == InfoUris::Hide ? hidden(crossing, *address) : as_it_is(*address);
        if (kept.empty()) continue;
        const auto param = purpose ? address->params.get("purpose") : std::nullopt;
        if (param && sip::is_token(*param)) kept += ";purpose=" + std::string(*param);
        add(out, id, std::move(kept));
        ++passed;
    }
}

}  // namespace

void pass_alert_info(const Crossing& crossing, HeaderId id, HeaderList& out) {
    pass_uris(crossing, id, crossing.to.alert_info, false, out);
}

void pass_call_info(const Crossing& crossing, HeaderId id, HeaderList& out) {
    // RFC 3323 section 5.3: it speaks of the caller.
    if (crossing.applies_privacy() && crossing.privacy.user) return;
    pass_uris(crossing, id, crossing.to.call_info, true, out);
}

}  // namespace portcullis::headers
