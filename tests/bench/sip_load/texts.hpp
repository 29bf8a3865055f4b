// SPDX-License-Identifier: BSD-2-Clause
// Texts: the SIP messages of the scenario, written into buffers without formatting per call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/sip_load/scan.hpp"
#include "tests/bench/sip_load/udp_batch.hpp"

namespace portcullis::bench {

// Appends to a buffer of UdpBatch::kBytes; what does not fit is cut, and the receiver will refuse
// it.
class Writer {
 public:
    explicit Writer(char* buffer) : at_(buffer), end_(buffer + UdpBatch::kBytes) {}
    Writer& text(std::string_view text);
    Writer& line(std::string_view text) { return this->text(text).text("\r\n"); }
    Writer& lines(const Scan::Lines& lines);
    Writer& hex(std::uint32_t value);     // eight digits
    Writer& number(std::uint32_t value);  // seven decimal digits
    [[nodiscard]] const char* end() const { return at_; }

 private:
    char* at_;
    const char* end_;
};

// What the calling side sends. Every call has an index, from which its Call-ID, From tag and
// branches follow: so an answer finds its call without a table.
class CallerTexts {
 public:
    // `called`: the number called, up to its last seven digits, which every call has of its own.
    // `run`: distinguishes this process's calls from those of another.
    CallerTexts(const Address& local, const Address& target, const std::string& called,
                std::uint32_t run);

    const char* invite(char* buffer, std::uint32_t call) const;
    // For a 2xx a transaction of its own (RFC 3261 section 13.2.2.4), otherwise the INVITE's.
    const char* ack(char* buffer, std::uint32_t call, const Scan& answer) const;
    const char* cancel(char* buffer, std::uint32_t call) const;
    // Puts the callee on hold; `answer` is the 200 to the INVITE.
    const char* reinvite(char* buffer, std::uint32_t call, const Scan& answer) const;
    // `answer`: the 200 to the last INVITE.
    const char* bye(char* buffer, std::uint32_t call, const Scan& answer) const;

    // The call that a message belongs to; empty for another run's.
    [[nodiscard]] std::optional<std::uint32_t> call_of(std::string_view call_id) const;
    [[nodiscard]] std::string call_id_of(std::uint32_t call) const;

 private:
    // `to`: the line; empty: without a tag. `kind`: of request, for its branch.
    void common(Writer& out, std::uint32_t call, char kind, std::string_view to) const;
    Writer& request_uri(Writer& out, std::uint32_t call) const;
    void routes(Writer& out, const Scan& answer) const;

    std::string host_;
    std::string uri_head_;
    std::string uri_tail_;
    std::string via_;        // up to the branch's variable part
    std::string from_;       // up to the tag's
    std::string tail_;       // of the INVITE, from behind its CSeq on
    std::string hold_tail_;  // of the re-INVITE
    std::string call_id_;    // "Call-ID: ..." up to the index
    std::uint32_t run_;
};

// The call's number among all calls, by the number that a request is for; empty: for another one.
[[nodiscard]] std::optional<std::uint32_t> called_number(std::string_view request_uri);

// What the called side answers.
class AnswererTexts {
 public:
    explicit AnswererTexts(const Address& local);

    // `tag`: our To tag, added where the request has none.
    const char* ringing(char* buffer, const Scan& request, std::uint32_t tag) const;
    const char* answer(char* buffer, const Scan& invite, std::uint32_t tag) const;
    // Of a re-INVITE that puts us on hold.
    const char* hold_answer(char* buffer, const Scan& invite, std::uint32_t tag) const;
    // A final response that refuses, of whatever status.
    const char* refusal(char* buffer, const Scan& request, int status, std::uint32_t tag) const;
    const char* ok(char* buffer, const Scan& request, std::uint32_t tag) const;

 private:
    Writer begin(char* buffer, std::string_view status, const Scan& request,
                 std::uint32_t tag) const;
    static Writer echo(Writer out, const Scan& request, std::uint32_t tag);

    std::string contact_;
    std::string body_;  // Content-Type and all that follows
    std::string hold_body_;
};

}  // namespace portcullis::bench
