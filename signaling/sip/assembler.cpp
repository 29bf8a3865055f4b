// SPDX-License-Identifier: BSD-2-Clause
// From a draft to a message: essentials decoded, slices fixed.
#include "common/base/text.hpp"
#include "signaling/sip/draft.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

// Decodes one message's mandatory headers; keeps the first fault.
class Decoder {
 public:
    Decoder(const Message& message, const Limits* limits, Essentials& out)
        : message_(message), limits_(limits), out_(out) {}

    std::optional<Errc> run() {
        if (message_.is_request()) request_uri();
        for (std::size_t i = 0; i < message_.header_count(); ++i) field(message_.header_at(i));
        for (const auto id :
             {HeaderId::Via, HeaderId::From, HeaderId::To, HeaderId::CallId, HeaderId::CSeq}) {
            if (!seen(id)) note(Errc::MissingHeader);
        }
        if (message_.is_request() && seen(HeaderId::CSeq) && !flaw_ &&
            out_.cseq.method_text != message_.method_text()) {
            note(Errc::MethodMismatch);
        }
        return flaw_;
    }

 private:
    void note(Errc flaw) {
        if (!flaw_) flaw_ = flaw;
    }

    // The headers that may occur once, as bits.
    static constexpr unsigned bit(HeaderId id) {
        switch (id) {
            case HeaderId::Via:
                return 1;
            case HeaderId::From:
                return 2;
            case HeaderId::To:
                return 4;
            case HeaderId::CallId:
                return 8;
            case HeaderId::CSeq:
                return 16;
            case HeaderId::MaxForwards:
                return 32;
            case HeaderId::ContentType:
                return 64;
            default:
                return 0;
        }
    }
    [[nodiscard]] bool seen(HeaderId id) const { return (seen_ & bit(id)) != 0; }

    // False (and noted) if it was there before.
    bool first(HeaderId id) {
        if (seen(id)) {
            note(Errc::DuplicateHeader);
            return false;
        }
        seen_ |= bit(id);
        return true;
    }

    void request_uri() {
        const auto text = message_.request_uri_text();
        Uri& uri = out_.request_uri;
        if (!read_uri(text, uri)) {
            uri = {};
            return note(Errc::MalformedRequestUri);
        }
        if (uri.scheme == Scheme::Other) return note(Errc::UnsupportedScheme);
        // RFC 3261 section 19.1.1: headers have no place in a Request-URI.
        if (!uri.headers.empty()) note(Errc::MalformedRequestUri);
    }

    void field(const HeaderView& header) {
        switch (header.id) {
            case HeaderId::Via:
                return via(header.value);
            case HeaderId::From:
                return address(header, out_.from, out_.from_tag);
            case HeaderId::To:
                return address(header, out_.to, out_.to_tag);
            case HeaderId::CallId:
                if (first(header.id)) call_id(header.value);
                return;
            case HeaderId::CSeq:
                if (first(header.id)) cseq(header.value);
                return;
            case HeaderId::MaxForwards:
                if (message_.is_request() && first(header.id)) max_forwards(header.value);
                return;
            case HeaderId::ContentType:
                (void)first(header.id);
                return;
            case HeaderId::Contact:
            case HeaderId::Route:
            case HeaderId::RecordRoute:
                // A response with a bad one may still end its transaction.
                if (limits_ != nullptr && message_.is_request()) addresses(header);
                return;
            default:
                return;
        }
    }

    void via(std::string_view list) {
        seen_ |= bit(HeaderId::Via);
        for_each_value(list, [&](std::string_view value) {
            ++out_.via_count;
            if (limits_ != nullptr && out_.via_count > limits_->vias) {
                note(Errc::TooManyVias);
                return false;
            }
            if (value.empty()) note(Errc::MalformedVia);
            if (out_.via_count > 1) return true;
            if (!read_via(value, out_.top_via)) {
                out_.top_via = {};
                note(Errc::MalformedVia);
            }
            return true;
        });
    }

    void address(const HeaderView& header, NameAddr& value, std::string_view& tag) {
        if (!first(header.id)) return;
        if (!read_name_addr(header.value, value)) {
            value = {};
            return note(Errc::MalformedAddress);
        }
        tag = value.tag;
    }

    void addresses(const HeaderView& header) {
        if (header.id == HeaderId::Contact && header.value == "*") return;
        for_each_value(header.value, [&](std::string_view value) {
            NameAddr address;
            if (read_name_addr(value, address)) return true;
            note(Errc::MalformedAddress);
            return false;
        });
    }

    // callid = word ["@" word]. Taken wider: any visible characters but a comma, as base64 and
    // other alphabets are in use; it is only ever compared and copied.
    void call_id(std::string_view text) {
        out_.call_id = text;
        if (!is_all(CharClass::CallId, text)) note(Errc::MalformedCallId);
    }

    void cseq(std::string_view text) {
        const auto parsed = parse_cseq(text);
        if (!parsed) return note(Errc::MalformedCSeq);
        out_.cseq = *parsed;
    }

    void max_forwards(std::string_view text) {
        const auto parsed = parse_max_forwards(text);
        if (!parsed) return note(Errc::MalformedMaxForwards);
        out_.max_forwards = *parsed;
    }

    const Message& message_;
    const Limits* limits_;
    Essentials& out_;
    std::optional<Errc> flaw_;
    unsigned seen_ = 0;
};

}  // namespace

std::optional<Errc> decode_essentials(const Message& message, const Limits* limits,
                                      Essentials& out) {
    return Decoder(message, limits, out).run();
}

MessageAssembler::Assembled MessageAssembler::assemble(MessageDraft&& draft, const Limits* limits) {
    const auto message = std::make_shared<Message>(Message::Key{});
    message->bytes_ = std::move(draft.bytes);
    message->headers_ = std::move(draft.headers);
    message->method_text_ = draft.method_text;
    message->request_uri_ = draft.request_uri;
    message->reason_ = draft.reason;
    message->body_ = draft.body;
    message->status_code_ = draft.status_code;
    message->is_request_ = draft.is_request;
    if (message->is_request_) message->method_ = parse_method(message->method_text());
    if (limits == nullptr) return {message, std::nullopt};
    const auto flaw = decode_essentials(*message, limits, message->essentials_);
    message->decoded_.store(Message::Decoding::Done, std::memory_order_relaxed);
    return {message, flaw};
}

}  // namespace portcullis::sip
