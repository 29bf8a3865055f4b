// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/base/text.hpp"

namespace portcullis::bench {

namespace {

constexpr std::string_view kEmptyBody = "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kCodecs =
    "m=audio {} RTP/AVP 8 0 18 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:18 G729/8000\r\n"
    "a=fmtp:18 annexb=no\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=fmtp:101 0-15\r\n"
    "a=ptime:20\r\n"
    "a={}\r\n";

std::string with_length(const std::string& sdp) {
    return fmt::format("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{}", sdp.size(),
                       sdp);
}

// RFC 3264 section 8: each new description raises the version of its o= line.
std::string session(const std::string& host, int port, std::string_view direction = "sendrecv",
                    int version = 20518) {
    return fmt::format("v=0\r\no=load 20518 {2} IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\n{1}",
                       host, fmt::format(fmt::runtime(kCodecs), port, direction), version);
}

// Of the CSeq of a response; INVITE is the first request of a call, a re-INVITE the second.
bool is_of_reinvite(const Scan& answer) {
    return answer.cseq.substr(answer.cseq.find(':') + 1).find(" 2 ") != std::string_view::npos;
}

}  // namespace

Writer& Writer::text(std::string_view text) {
    const std::size_t size = std::min(text.size(), static_cast<std::size_t>(end_ - at_));
    at_ = std::copy_n(text.data(), size, at_);
    return *this;
}

Writer& Writer::lines(const Scan::Lines& lines) {
    for (std::size_t i = 0; i < lines.count; ++i) line(lines.line[i]);
    return *this;
}

Writer& Writer::hex(std::uint32_t value) {
    char digits[8];
    for (int i = 7; i >= 0; --i, value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
    return text({digits, 8});
}

Writer& Writer::number(std::uint32_t value) {
    char digits[7];
    for (int i = 6; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
    return text({digits, 7});
}

CallerTexts::CallerTexts(const Address& local, const Address& target, const std::string& called,
                         std::uint32_t run)
    : host_(host_of(local)),
      uri_head_("sip:" + called),
      uri_tail_(fmt::format("@{}:{}", host_of(target), ntohs(target.sin_port))),
      via_(
          fmt::format("Via: SIP/2.0/UDP {}:{};rport;branch=z9hG4bK", host_, ntohs(local.sin_port))),
      from_(fmt::format("From: \"Load Generator\" <sip:+4930901820@{}>;tag=", host_)),
      run_(run) {
    call_id_ = "Call-ID: ";
    char buffer[8];
    for (int i = 7; i >= 0; --i) buffer[i] = "0123456789abcdef"[(run >> (4 * (7 - i))) & 15];
    call_id_ += std::string(buffer, 8) + "-";
    tail_ = fmt::format(
        "Contact: <sip:load@{}:{}>\r\n"
        "Max-Forwards: 70\r\n"
        "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO\r\n"
        "Supported: replaces, timer\r\n"
        "User-Agent: portcullis-sip-load\r\n"
        "P-Asserted-Identity: <sip:+4930901820@{}>\r\n",
        host_, ntohs(local.sin_port), host_);
    hold_tail_ = tail_ + with_length(session(host_, 40000, "sendonly", 20519));
    tail_ += with_length(session(host_, 40000));
}

Writer& CallerTexts::request_uri(Writer& out, std::uint32_t call) const {
    return out.text(uri_head_).number(call % 10'000'000).text(uri_tail_);
}

void CallerTexts::common(Writer& out, std::uint32_t call, char kind, std::string_view to) const {
    out.text(via_).hex(run_).hex(call).line({&kind, 1});
    out.text(from_).hex(call).text("\r\n");
    if (to.empty()) {
        request_uri(out.text("To: <"), call).line(">");
    } else {
        out.line(to);
    }
    out.text(call_id_).hex(call).text("@").line(host_);
}

const char* CallerTexts::invite(char* buffer, std::uint32_t call) const {
    Writer out(buffer);
    request_uri(out.text("INVITE "), call).line(" SIP/2.0");
    common(out, call, 'i', {});
    return out.line("CSeq: 1 INVITE").text(tail_).end();
}

// Section 9.1: as the INVITE, with its branch.
const char* CallerTexts::cancel(char* buffer, std::uint32_t call) const {
    Writer out(buffer);
    request_uri(out.text("CANCEL "), call).line(" SIP/2.0");
    common(out, call, 'i', {});
    return out.line("CSeq: 1 CANCEL").text(kEmptyBody).end();
}

const char* CallerTexts::reinvite(char* buffer, std::uint32_t call, const Scan& answer) const {
    Writer out(buffer);
    out.text("INVITE ").text(answer.contact_uri).line(" SIP/2.0");
    common(out, call, 'r', answer.to);
    routes(out, answer);
    return out.line("CSeq: 2 INVITE").text(hold_tail_).end();
}

// The route set is that of Record-Route, in reverse order at the calling side (section 12.1.2).
void CallerTexts::routes(Writer& out, const Scan& answer) const {
    for (std::size_t i = answer.record_route.count; i-- > 0;) {
        const auto line = answer.record_route.line[i];
        out.text("Route:").line(line.substr(line.find(':') + 1));
    }
}

const char* CallerTexts::ack(char* buffer, std::uint32_t call, const Scan& answer) const {
    Writer out(buffer);
    const bool success = answer.status < 300;
    const bool again = is_of_reinvite(answer);
    out.text("ACK ");
    (success ? out.text(answer.contact_uri) : request_uri(out, call)).line(" SIP/2.0");
    common(out, call, again ? (success ? 'c' : 'r') : (success ? 'a' : 'i'), answer.to);
    if (success) routes(out, answer);
    return out.line(again ? "CSeq: 2 ACK" : "CSeq: 1 ACK").text(kEmptyBody).end();
}

const char* CallerTexts::bye(char* buffer, std::uint32_t call, const Scan& answer) const {
    Writer out(buffer);
    out.text("BYE ").text(answer.contact_uri).line(" SIP/2.0");
    common(out, call, 'b', answer.to);
    routes(out, answer);
    return out.line(is_of_reinvite(answer) ? "CSeq: 3 BYE" : "CSeq: 2 BYE").text(kEmptyBody).end();
}

std::optional<std::uint32_t> CallerTexts::call_of(std::string_view call_id) const {
    const auto prefix = std::string_view(call_id_).substr(9);
    if (!call_id.starts_with(prefix) || call_id.size() < prefix.size() + 8) return std::nullopt;
    std::uint32_t call = 0;
    for (const char digit : call_id.substr(prefix.size(), 8)) {
        call =
            call << 4 | static_cast<std::uint32_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return call;
}

std::string CallerTexts::call_id_of(std::uint32_t call) const {
    return fmt::format("{}{:08x}@{}", call_id_.substr(9), call, host_);
}

std::optional<std::uint32_t> called_number(std::string_view request_uri) {
    const auto user = request_uri.substr(0, request_uri.find('@'));
    if (user.size() < 7) return std::nullopt;
    std::uint32_t call = 0;
    const auto digits = user.substr(user.size() - 7);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + 7, call);
    if (error != std::errc{} || end != digits.data() + 7) return std::nullopt;
    return call;
}

AnswererTexts::AnswererTexts(const Address& local)
    : contact_(fmt::format("Contact: <sip:answer@{}:{}>", host_of(local), ntohs(local.sin_port))),
      body_(with_length(session(host_of(local), 42000))),
      hold_body_(with_length(session(host_of(local), 42000, "recvonly", 20519))) {}

Writer AnswererTexts::begin(char* buffer, std::string_view status, const Scan& request,
                            std::uint32_t tag) const {
    Writer out(buffer);
    out.text("SIP/2.0 ").line(status);
    return echo(out, request, tag);
}

// What a response repeats of its request.
Writer AnswererTexts::echo(Writer out, const Scan& request, std::uint32_t tag) {
    out.lines(request.via);
    out.line(request.from).text(request.to);
    if (request.to.find(";tag=") == std::string_view::npos) out.text(";tag=").hex(tag);
    out.text("\r\n").line(request.call_id).line(request.cseq);
    return out;
}

const char* AnswererTexts::ringing(char* buffer, const Scan& request, std::uint32_t tag) const {
    return begin(buffer, "180 Ringing", request, tag)
        .lines(request.record_route)
        .line(contact_)
        .text("Content-Length: 0\r\n\r\n")
        .end();
}

const char* AnswererTexts::answer(char* buffer, const Scan& invite, std::uint32_t tag) const {
    return begin(buffer, "200 OK", invite, tag)
        .lines(invite.record_route)
        .line(contact_)
        .line("Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO")
        .text(body_)
        .end();
}

const char* AnswererTexts::hold_answer(char* buffer, const Scan& invite, std::uint32_t tag) const {
    return begin(buffer, "200 OK", invite, tag)
        .lines(invite.record_route)
        .line(contact_)
        .text(hold_body_)
        .end();
}

const char* AnswererTexts::refusal(char* buffer, const Scan& request, int status,
                                   std::uint32_t tag) const {
    const std::array<char, 3> digits{static_cast<char>('0' + status / 100),
                                     static_cast<char>('0' + status / 10 % 10),
                                     static_cast<char>('0' + status % 10)};
    Writer out(buffer);
    out.text("SIP/2.0 ").text({digits.data(), digits.size()}).line(" Refused");
    return echo(out, request, tag).text("Content-Length: 0\r\n\r\n").end();
}

const char* AnswererTexts::ok(char* buffer, const Scan& request, std::uint32_t tag) const {
    return begin(buffer, "200 OK", request, tag).text("Content-Length: 0\r\n\r\n").end();
}

}  // namespace portcullis::bench
