// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/carried_headers.hpp"

#include <array>

#include "signaling/auth/auth_value.hpp"
#include "signaling/b2bua/challenger.hpp"
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

HeaderList passed_body_headers(const sip::Message& message) {
    static constexpr std::array kFields{HeaderId::Accept, HeaderId::AllowEvents,
                                        HeaderId::ContentDisposition, HeaderId::RecvInfo};
    return copies(message, kFields);
}

HeaderList passed_challenges(const sip::Message& response) {
    static constexpr std::array kFields{HeaderId::WwwAuthenticate, HeaderId::ProxyAuthenticate};
    return copies(response, kFields);
}

bool is_credentials(std::string_view header) {
    return header == sip::name(HeaderId::Authorization) ||
           header == sip::name(HeaderId::ProxyAuthorization);
}

HeaderList passed_credentials(const sip::Message& request, const policy::CompiledPolicy& policy) {
    const auto trunks = policy.trunks();
    const auto is_ours = [&trunks](std::string_view realm) {
        return std::any_of(trunks.begin(), trunks.end(), [realm](const policy::Trunk& one) {
            return is_challenged(one) && one.challenge.auth_realm == realm;
        });
    };
    static constexpr std::array kFields{HeaderId::Authorization, HeaderId::ProxyAuthorization};
    auto out = copies(request, kFields);
    std::erase_if(out, [&](const auto& field) {
        const auto read = auth::parse_auth_value(field.second);
        return !read || is_ours(read->find("realm").value_or(""));
    });
    return out;
}

bool passes_challenges(const policy::CompiledPolicy& policy, std::string_view trunk,
                       bool has_account) {
    const auto* const known = policy.find_trunk(trunk);
    return known != nullptr && known->session.pass_challenges && !has_account;
}

std::optional<std::chrono::seconds> retry_after_of(const sip::Message& response) {
    const auto value = response.header(HeaderId::RetryAfter);
    const auto read = value ? sip::parse_retry_after(*value) : Result<sip::RetryAfter>{};
    if (!value || !read) return std::nullopt;
    return std::chrono::seconds(read->seconds);
}

}  // namespace portcullis::b2bua
