// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/register_answer.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/name_addr.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::trunk {
namespace {

using sip::HeaderId;

std::optional<std::uint32_t> delta_seconds(const sip::Message& response, HeaderId id) {
    const auto value = response.header(id);
    const auto parsed = value ? sip::parse_delta_seconds(*value) : Result<std::uint32_t>{0};
    return value && parsed ? std::optional(*parsed) : std::nullopt;
}

// The addresses of a Service-Route or P-Associated-URI; what is none is left out.
std::vector<std::string> addresses(const sip::Message& response, HeaderId id) {
    std::vector<std::string> out;
    for (const auto value : response.values(id)) {
        if (sip::parse_name_addr(value)) out.emplace_back(value);
    }
    return out;
}

// 10.2.1: bindings are compared as URIs.
std::optional<std::uint32_t> own_expires(const sip::Message& response,
                                         std::string_view contact_uri) {
    const auto own = sip::parse_uri(contact_uri);
    if (!own) return std::nullopt;
    for (const auto value : response.values(HeaderId::Contact)) {
        const auto contact = sip::parse_name_addr(value);
        if (!contact || !sip::equivalent(contact->uri, *own)) continue;
        const auto expires = contact->params.text_of("expires");
        const auto parsed = expires ? sip::parse_delta_seconds(*expires) : Result<std::uint32_t>{0};
        return expires && parsed ? std::optional(*parsed) : std::nullopt;
    }
    return std::nullopt;
}

std::vector<std::string> texts(const std::vector<std::string_view>& values) {
    return {values.begin(), values.end()};
}

}  // namespace

RegisterAnswer read_register_answer(const sip::Message& response, std::string_view contact_uri) {
    RegisterAnswer answer;
    answer.code = response.status_code();
    answer.phrase = text::printable(response.reason_phrase(), 64);
    answer.contact_expires = own_expires(response, contact_uri);
    answer.expires = delta_seconds(response, HeaderId::Expires);
    answer.min_expires = delta_seconds(response, HeaderId::MinExpires);
    if (const auto value = response.header(HeaderId::RetryAfter)) {
        if (const auto parsed = sip::parse_retry_after(*value)) {
            answer.retry_after = parsed->seconds;
        }
    }
    answer.www_challenges = texts(response.values(HeaderId::WwwAuthenticate));
    answer.proxy_challenges = texts(response.values(HeaderId::ProxyAuthenticate));
    answer.service_route = addresses(response, HeaderId::ServiceRoute);
    answer.associated_uris = addresses(response, HeaderId::PAssociatedUri);
    return answer;
}

}  // namespace portcullis::trunk
