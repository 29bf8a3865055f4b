// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/validate.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/builder.hpp"
#include "signaling/sip/draft.hpp"

namespace portcullis::sip {
namespace {

// What a response must copy is there (RFC 3261 section 8.2.6.2) and the top Via can be followed.
bool can_be_answered(const Message& message) {
    if (!message.is_request() || message.method() == Method::Ack) return false;
    if (message.essentials().top_via.host.empty()) return false;
    for (const auto id : {HeaderId::From, HeaderId::To, HeaderId::CallId, HeaderId::CSeq}) {
        const auto value = message.header(id);
        if (!value || value->empty()) return false;
    }
    return true;
}

// The same for every retransmission of a request, without a memory of it.
std::string stateless_tag(const Message& request) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    const auto mix = [&](std::string_view text) {
        for (const char c : text) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
        }
        hash = (hash ^ 0xffU) * 0x100000001b3U;
    };
    mix(request.essentials().top_via.branch);
    mix(request.header(HeaderId::CallId).value_or(""));
    mix(request.header(HeaderId::From).value_or(""));
    mix(request.header(HeaderId::CSeq).value_or(""));
    std::string bytes(8, '\0');
    for (auto& c : bytes) {
        c = static_cast<char>(hash & 0xff);
        hash >>= 8;
    }
    return text::to_hex(bytes);
}

}  // namespace

Judgement judge_message(std::string bytes, const Limits& limits) {
    auto scanned = scan_message(std::move(bytes), limits);
    auto assembled = MessageAssembler::assemble(std::move(scanned.draft), &limits);
    const auto flaw = scanned.flaw ? scanned.flaw : assembled.flaw;
    Judgement judgement;
    if (!flaw) {
        judgement.message = std::move(assembled.message);
        return judgement;
    }
    judgement.error = *flaw;
    const int status = status_for(*flaw);
    // Whatever else is wrong: an answer has to carry all the Vias.
    const bool short_path = assembled.message->essentials().via_count <= limits.vias;
    if (status != 0 && short_path && can_be_answered(*assembled.message)) {
        judgement.message = std::move(assembled.message);
        judgement.rejection = Rejection{status, warning_for(*flaw)};
    }
    return judgement;
}

std::optional<MessagePtr> make_rejection_response(const Message& request,
                                                  const Rejection& rejection,
                                                  const std::optional<Endpoint>& source) {
    if (!can_be_answered(request)) return std::nullopt;
    const auto& essentials = request.essentials();
    // Only a To that could be read can be given a tag without breaking it further.
    const bool readable = !essentials.to.uri_text.empty();
    const std::string tag = readable ? stateless_tag(request) : std::string{};
    auto builder = MessageBuilder::response(request, rejection.status, {}, {tag, source});
    if (!rejection.warning.empty()) builder.add(HeaderId::Warning, rejection.warning.value());
    return builder.finish();
}

}  // namespace portcullis::sip
