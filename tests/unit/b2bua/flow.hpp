// SPDX-License-Identifier: BSD-2-Clause
// FlowTest: the harness with what tests of whole call flows say again and again.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {

// What a peer says of itself, as header lines.
inline constexpr const char* kAllowUpdate = "Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\n";
inline constexpr const char* kAllowPlain = "Allow: INVITE, ACK, BYE, CANCEL\n";
inline constexpr const char* kSupports100rel =
    "Supported: 100rel\nAllow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\n";
inline constexpr const char* kRequires100rel = "Require: 100rel\n";
// The carrier's second gateway.
inline constexpr const char* kSecondGateway = "198.18.1.3:5060";

// Peers that know UPDATE and PRACK; headers and bodies as a test wants them.
class FlowTest : public Harness {
 protected:
    using Change = std::pair<const char*, const char*>;
    // The harness's document with values (JSON text) put at JSON pointers.
    void adjust(std::initializer_list<Change> changes);

    // `headers`: whole lines, each ending in "\n".
    static std::string with(std::string message, const std::string& headers);
    static std::string offerless(const std::string& extra = {});
    // "z9hG4bK-..." as a peer repeats a request with another CSeq.
    static std::string renumbered(const std::string& invite, int cseq);
    static std::string cancel_of(const std::string& invite);

    struct Says {
        std::string tag = "b-tag";
        std::string body{};
        std::string headers{};
        std::string contact = "sip:b@198.18.1.2:5060";
    };
    void b_says(const sip::Message& request, int code) { b_says(request, code, Says()); }
    void b_says(const sip::Message& request, int code, const Says& says,
                const std::string& address = "198.18.1.2:5060");
    void a_says(const sip::Message& request, int code, const Says& says);
    void a_says(const sip::Message& request, int code) { a_says(request, code, Says()); }
    // Requests within the dialog that `ours`, the message of ours last seen there, is of. UPDATE
    // and the like carry a Contact.
    void a_asks(const std::string& method, const sip::Message& ours, int cseq,
                const std::string& body = {}, const std::string& headers = {});
    void b_asks(const std::string& method, const sip::Message& ours, int cseq,
                const std::string& body = {}, const std::string& headers = {},
                const std::string& tag = "b-tag");
    // A acknowledges a reliable provisional response of ours.
    void a_pracks(const sip::Message& reliable, int cseq, const std::string& body = {});

    // The INVITE as the carrier gets it.
    sip::MessagePtr call(const std::string& extra = {}) {
        from_pbx(invite(extra));
        return last(to_carrier(), "INVITE");
    }
    // A call up to A's ACK between peers that both allow UPDATE.
    Established establish_with(const std::string& a_headers, const std::string& b_headers);
    void a_acks(const sip::Message& response, int cseq = 1) {
        from_pbx(in_dialog("ACK", response, cseq));
    }
    void end(const Established& call, int cseq = 99) {
        from_pbx(in_dialog("BYE", *call.ok_a, cseq));
        from_carrier(respond(*last(to_carrier(), "BYE"), 200, "", ""));
        expect_nothing_left();
    }
    // B's BYE; for calls whose last message of ours to B is `ours`.
    void end_by_b(const sip::Message& ours, int cseq = 99) {
        from_carrier(in_dialog("BYE", ours, cseq, {}, true));
        from_pbx(respond(*last(to_pbx(), "BYE"), 200, "", ""));
        expect_nothing_left();
    }

    static std::size_t count(const std::vector<sip::MessagePtr>& messages, std::string_view what);
    static bool has_sdp(const sip::Message& message) { return !message.body().empty(); }
    static bool contains(const sip::Message& message, const std::string& text) {
        return message.bytes().find(text) != std::string_view::npos;
    }
    static std::string value(const sip::Message& message, sip::HeaderId id) {
        return std::string(message.header(id).value_or(""));
    }
    static std::string session_version(const sip::Message& message);
    static std::string session_id(const sip::Message& message);
};

}  // namespace portcullis::b2bua
