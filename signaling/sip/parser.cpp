// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/parser.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "signaling/sip/draft.hpp"
#include "signaling/sip/line_scanner.hpp"
#include "signaling/sip/token.hpp"
#include "signaling/sip/validate.hpp"

namespace portcullis::sip {
namespace {

// One parse of one buffer. The first fault is kept; scanning goes on after it as far as it is safe,
// since the answer to a bad request needs its other headers.
class Scan {
 public:
    Scan(std::string bytes, const Limits& limits) : limits_(limits) {
        draft_.bytes = std::move(bytes);
    }

    ScannedDraft run() {
        skip_leading_crlf();
        if (draft_.bytes.size() > limits_.message) note(Errc::MessageTooLarge);
        // Nothing behind the header limit is looked at: the work a large message causes is bounded.
        const auto section = std::string_view(draft_.bytes).substr(0, limits_.header_section);
        const auto line_end = find_crlf(section, 0);
        if (line_end == std::string_view::npos) {
            note(cut());
        } else {
            start_line(line_end);
            draft_.headers.reserve(24);
            if (headers(section, line_end + 2)) body();
        }
        return {std::move(draft_), flaw_};
    }

 private:
    void note(Errc flaw) {
        if (!flaw_) flaw_ = flaw;
    }

    [[nodiscard]] Errc cut() const {
        return draft_.bytes.size() >= limits_.header_section ? Errc::MessageTooLarge
                                                             : Errc::Incomplete;
    }

    // RFC 3261 section 7.5.
    void skip_leading_crlf() {
        std::size_t size = 0;
        while (draft_.bytes.compare(size, 2, "\r\n") == 0) size += 2;
        if (size > 0) draft_.bytes.erase(0, size);
    }

    Slice slice(std::string_view part) const {
        return {static_cast<std::uint32_t>(part.data() - draft_.bytes.data()),
                static_cast<std::uint32_t>(part.size())};
    }

    void start_line(std::size_t size) {
        const auto line = std::string_view(draft_.bytes).substr(0, size);
        draft_.is_request = !text::istarts_with(line, "SIP/");
        if (line.size() > limits_.start_line) {
            // The usual reason is the Request-URI.
            note(draft_.is_request ? Errc::UriTooLong : Errc::MessageTooLarge);
        } else if (!is_clean(line)) {
            note(Errc::MalformedStartLine);
        } else if (draft_.is_request) {
            request_line(line);
        } else {
            status_line(line);
        }
    }

    // SIP-Version = "SIP" "/" 1*DIGIT "." 1*DIGIT, without case.
    void version(std::string_view text) {
        if (text::iequals(text, "SIP/2.0")) return;
        const auto [major, minor] =
            text::cut(text.substr(std::min<std::size_t>(4, text.size())), '.');
        const auto digits = [](std::string_view part) {
            return !part.empty() && std::all_of(part.begin(), part.end(), text::is_digit);
        };
        const bool known = text::istarts_with(text, "SIP/") && digits(major) && digits(minor);
        note(known ? Errc::UnsupportedVersion : Errc::MalformedStartLine);
    }

    // Request-Line = Method SP Request-URI SP SIP-Version: exactly one SP each.
    void request_line(std::string_view line) {
        const auto [method, rest] = text::cut(line, ' ');
        if (!is_token(method)) return note(Errc::MalformedStartLine);
        draft_.method_text = slice(method);
        const auto space = rest.find(' ');
        if (space == 0 || space == std::string_view::npos) return note(Errc::MalformedStartLine);
        const auto uri = rest.substr(0, space);
        if (uri.size() > limits_.uri) return note(Errc::UriTooLong);
        draft_.request_uri = slice(uri);
        version(rest.substr(space + 1));
    }

    // Status-Line = SIP-Version SP 3DIGIT SP Reason-Phrase; the last SP may be absent with an empty
    // phrase, as deployed servers send it.
    void status_line(std::string_view line) {
        const auto [sip_version, rest] = text::cut(line, ' ');
        version(sip_version);
        const auto code = rest.substr(0, 3);
        const auto number = text::to_number<std::uint16_t>(code);
        if (code.size() != 3 || !number || *number < 100 || *number > 699 ||
            (rest.size() > 3 && rest[3] != ' ')) {
            return note(Errc::MalformedStartLine);
        }
        draft_.status_code = *number;
        draft_.reason = slice(rest.size() > 3 ? rest.substr(4) : rest.substr(3));
    }

    // Returns true if the blank line was reached; body_ is then where the body starts.
    bool headers(std::string_view section, std::size_t offset) {
        LineScanner scanner(section, offset);
        while (true) {
            const auto line = scanner.next();
            switch (line.kind) {
                case LineKind::Cut:
                    note(cut());
                    return false;
                case LineKind::Blank:
                    body_ = scanner.offset();
                    return true;
                case LineKind::Malformed:
                    note(Errc::MalformedHeader);
                    break;
                case LineKind::Field:
                    field(line);
                    break;
            }
            if (draft_.headers.size() > limits_.headers) {
                note(Errc::MessageTooLarge);
                return false;
            }
        }
    }

    void field(const ScannedLine& line) {
        if (line.size > limits_.header) return note(Errc::MessageTooLarge);
        Slice value = line.value;
        char* const data = draft_.bytes.data() + value.offset;
        if (line.folded) value.size = static_cast<std::uint32_t>(unfold(data, value.size));
        auto text = std::string_view(data, value.size);
        if (!is_clean(text)) return note(Errc::ControlCharacter);
        if (line.folded) {  // a fold at either end left a space there
            text = trim_wsp(text);
            value = slice(text);
        }
        const auto name = std::string_view(draft_.bytes).substr(line.name.offset, line.name.size);
        const auto id = find_header(name);
        if (id == HeaderId::ContentLength) length(text);
        draft_.headers.push_back({id, line.name, value});
    }

    void length(std::string_view text) {
        if (seen_length_) return note(Errc::MalformedLength);
        seen_length_ = true;
        length_ = text::to_number<std::uint32_t>(text);
        if (!length_) note(Errc::MalformedLength);
    }

    // RFC 3261 section 18.3.
    void body() {
        const std::size_t rest = draft_.bytes.size() - body_;
        const std::size_t size = length_.value_or(static_cast<std::uint32_t>(rest));
        if (size > limits_.body) return note(Errc::BodyTooLarge);
        if (size > rest) return note(Errc::LengthMismatch);
        draft_.bytes.resize(body_ + size);
        draft_.body = {static_cast<std::uint32_t>(body_), static_cast<std::uint32_t>(size)};
    }

    const Limits& limits_;
    MessageDraft draft_;
    std::optional<Errc> flaw_;
    std::optional<std::uint32_t> length_;
    bool seen_length_ = false;
    std::size_t body_ = 0;
};

}  // namespace

ScannedDraft scan_message(std::string bytes, const Limits& limits) {
    return Scan(std::move(bytes), limits).run();
}

Result<MessagePtr> parse_message(std::string bytes, const Limits& limits) {
    auto judgement = judge_message(std::move(bytes), limits);
    if (!judgement.accepted()) return fail(judgement.error);
    return std::move(judgement.message);
}

}  // namespace portcullis::sip
