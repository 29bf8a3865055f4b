// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/carried_headers.hpp"

#include <array>

#include "signaling/sip/simple_headers.hpp"

namespace portcullis::b2bua {
namespace {

using sip::HeaderId;

template <std::size_t N>
HeaderList copies(const sip::Message& message, const std::array<HeaderId, N>& wanted) {
    HeaderList out;
    for (const auto id : wanted) {
        for (std::size_t i = 0; i < message.header_count(); ++i) {
            const auto field = message.header_at(i);
            if (field.id == id) out.emplace_back(sip::name(id), std::string(field.value));
        }
    }
    return out;
}

}  // namespace

HeaderList passed_event_headers(const sip::Message& message) {
    static constexpr std::array kFields{
        HeaderId::Accept,  HeaderId::AllowEvents, HeaderId::ContentDisposition, HeaderId::Event,
        HeaderId::Expires, HeaderId::InfoPackage, HeaderId::MinExpires,         HeaderId::RecvInfo,
        HeaderId::SipEtag, HeaderId::SipIfMatch,  HeaderId::SubscriptionState};
    return copies(message, kFields);
}

HeaderList passed_failure_headers(const sip::Message& response) {
    HeaderList out = passed_reason(response);
    const auto value = response.header(HeaderId::RetryAfter);
    const auto after = value ? sip::parse_retry_after(*value) : Result<sip::RetryAfter>{};
    if (value && after) out.emplace_back("Retry-After", std::to_string(after->seconds));
    return out;
}

HeaderList passed_challenges(const sip::Message& response) {
    static constexpr std::array kFields{HeaderId::WwwAuthenticate, HeaderId::ProxyAuthenticate};
    return copies(response, kFields);
}

bool is_credentials(std::string_view header) {
    return header == sip::name(HeaderId::Authorization) ||
           header == sip::name(HeaderId::ProxyAuthorization);
}

HeaderList passed_credentials(const sip::Message& request) {
    static constexpr std::array kFields{HeaderId::Authorization, HeaderId::ProxyAuthorization};
    return copies(request, kFields);
}

}  // namespace portcullis::b2bua
