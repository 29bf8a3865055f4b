// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/b2bua/flow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "signaling/sdp/parser.hpp"

namespace portcullis::b2bua {
namespace {

std::string contact_line(std::string_view method, std::string_view host) {
    const bool refreshes = method == "UPDATE" || method == "NOTIFY" || method == "SUBSCRIBE";
    return refreshes ? fmt::format("Contact: <sip:x@{}:5060>\n", host) : std::string();
}

}  // namespace

void FlowTest::adjust(std::initializer_list<Change> changes) {
    auto document = nlohmann::json::parse(kDocument);
    for (const auto& [pointer, value] : changes) {
        document[nlohmann::json::json_pointer(pointer)] = nlohmann::json::parse(value);
    }
    configure(document.dump());
}

std::string FlowTest::with(std::string message, const std::string& headers) {
    return message.insert(message.find('\n') + 1, headers);
}

std::string FlowTest::offerless(const std::string& extra) {
    const auto text = invite(extra);
    return text.substr(0, text.find("Content-Type")) + "Content-Length: 0\n\n";
}

std::string FlowTest::renumbered(const std::string& text, int cseq) {
    auto out = text;
    const std::string number = "CSeq: 1 INVITE";
    out.replace(out.find(number), number.size(), fmt::format("CSeq: {} INVITE", cseq));
    const std::string branch = "branch=z9hG4bK-";
    return out.insert(out.find(branch) + branch.size(), fmt::format("{}-", cseq));
}

std::string FlowTest::cancel_of(const std::string& text) {
    const auto end = text.find("CSeq");
    const auto number = std::stoi(text.substr(end + 6));
    return with_body(fmt::format("CANCEL{}CSeq: {} CANCEL\n", text.substr(6, end - 6), number), {});
}

void FlowTest::b_says(const sip::Message& request, int code, const Says& says,
                      const std::string& address) {
    from_carrier(with(respond(request, code, says.tag, says.contact, says.body), says.headers),
                 address);
}

void FlowTest::a_says(const sip::Message& request, int code, const Says& says) {
    const std::string contact = "sip:1001@198.18.0.2:5060";
    from_pbx(with(respond(request, code, "", contact, says.body), says.headers));
}

void FlowTest::a_asks(const std::string& method, const sip::Message& ours, int cseq,
                      const std::string& body, const std::string& headers) {
    from_pbx(
        with(in_dialog(method, ours, cseq, body), contact_line(method, "198.18.0.2") + headers));
}

void FlowTest::b_asks(const std::string& method, const sip::Message& ours, int cseq,
                      const std::string& body, const std::string& headers, const std::string& tag) {
    auto text = in_dialog(method, ours, cseq, body, true);
    if (const auto at = text.find(";tag=b-tag"); at != std::string::npos) {
        text.replace(at, 10, ";tag=" + tag);
    }
    from_carrier(with(text, contact_line(method, "198.18.1.2") + headers));
}

void FlowTest::a_pracks(const sip::Message& reliable, int cseq, const std::string& body) {
    const auto rack =
        value(reliable, sip::HeaderId::RSeq) + " " + value(reliable, sip::HeaderId::CSeq);
    a_asks("PRACK", reliable, cseq, body, "RAck: " + rack + "\n");
}

Harness::Established FlowTest::establish_with(const std::string& a_headers,
                                              const std::string& b_headers) {
    Established made;
    made.invite_b = call(a_headers);
    b_says(*made.invite_b, 200, {.body = sdp("198.18.1.2", 6000), .headers = b_headers});
    made.ok_a = last(to_pbx(), "200");
    (void)last(to_carrier(), "ACK");
    a_acks(*made.ok_a);
    return made;
}

std::size_t FlowTest::count(const std::vector<sip::MessagePtr>& messages, std::string_view what) {
    return static_cast<std::size_t>(
        std::count_if(messages.begin(), messages.end(), [what](const auto& m) {
            return what == (m->is_request() ? std::string(m->method_text())
                                            : std::to_string(m->status_code()));
        }));
}

std::string FlowTest::session_version(const sip::Message& message) {
    const auto description = sdp::parse_session(message.body());
    return description ? std::string(description->origin.session_version) : "none";
}

std::string FlowTest::session_id(const sip::Message& message) {
    const auto description = sdp::parse_session(message.body());
    return description ? std::string(description->origin.session_id) : "none";
}

}  // namespace portcullis::b2bua
