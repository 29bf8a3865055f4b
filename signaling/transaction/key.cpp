// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/key.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "common/base/text.hpp"

namespace portcullis::transaction {

namespace {

// Header values hold no line feed, so the parts cannot run into each other.
Key join(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const auto part : parts) size += part.size() + 1;
    std::array<char, 512> usual;
    std::string longer;
    char* text = usual.data();
    if (size > usual.size()) {
        longer.resize(size);
        text = longer.data();
    }
    char* at = text;
    for (const auto part : parts) {
        at = std::ranges::copy(part, at).out;
        *at++ = '\n';
    }
    return fingerprint({text, size});
}

std::string number(const sip::Message& message) {
    return std::to_string(message.essentials().cseq.number);
}

std::string sent_by(const sip::Via& via) {
    return text::to_lower(via.host) + (via.port ? ":" + std::to_string(*via.port) : std::string{});
}

Key key_2543(const sip::Message& request, std::string_view to_tag, std::string_view method) {
    const auto& facts = request.essentials();
    // The branch of an RFC 2543 element is optional and not unique: it is only part of the Via.
    return join({"2543", method, request.request_uri_text(), to_tag, facts.from_tag, facts.call_id,
                 number(request), facts.top_via.transport, sent_by(facts.top_via),
                 facts.top_via.branch});
}

}  // namespace

Key client_key(const sip::Message& message) {
    return join({message.essentials().top_via.branch, message.method_text()});
}

Key server_key(const sip::Message& request, std::string_view as_method) {
    const auto& facts = request.essentials();
    if (!facts.top_via.has_cookie()) return key_2543(request, facts.to_tag, as_method);
    return join({facts.top_via.branch, sent_by(facts.top_via), as_method});
}

Key ack_key_2543(const sip::Message& request, const sip::Message& response) {
    return key_2543(request, response.essentials().to_tag, "ACK");
}

Key merge_key(const sip::Message& request) {
    const auto& facts = request.essentials();
    if (!facts.to_tag.empty() || facts.from_tag.empty()) return {};
    return join({facts.call_id, facts.from_tag, number(request), request.method_text(),
                 request.request_uri_text()});
}

Key answer_key(const sip::Message& message) {
    const auto& facts = message.essentials();
    return join({facts.call_id, facts.from_tag, number(message)});
}

Key accepted_key(const sip::Message& message) {
    const auto& facts = message.essentials();
    return join({facts.call_id, facts.from_tag, facts.to_tag, number(message)});
}

}  // namespace portcullis::transaction
