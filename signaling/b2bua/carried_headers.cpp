// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/carried_headers.hpp"

#include <array>

#include "signaling/auth/auth_value.hpp"

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

HeaderList passed_credentials(const sip::Message& request,
                              const std::function<bool(std::string_view realm)>& is_ours) {
    static constexpr std::array kFields{HeaderId::Authorization, HeaderId::ProxyAuthorization};
    auto out = copies(request, kFields);
    std::erase_if(out, [&](const auto& field) {
        const auto read = auth::parse_auth_value(field.second);
        return !read || is_ours(read->find("realm").value_or(""));
    });
    return out;
}

}  // namespace portcullis::b2bua
