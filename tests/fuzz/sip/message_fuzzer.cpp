// SPDX-License-Identifier: BSD-2-Clause
// One datagram through parser, validation, every accessor, every typed value and the builder.
#include <cstdint>
#include <string>

#include "common/base/assert.hpp"
#include "signaling/sip/builder.hpp"
#include "signaling/sip/event_headers.hpp"
#include "signaling/sip/option_tags.hpp"
#include "signaling/sip/parser.hpp"
#include "signaling/sip/redirect.hpp"
#include "signaling/sip/refer_headers.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/token.hpp"
#include "signaling/sip/validate.hpp"

namespace portcullis::sip {
namespace {

// A dialog named in a URI is the same after printing.
void check_reference(std::string_view value) {
    const auto refer = parse_refer_to(value);
    if (!refer || !refer->replaces) return;
    const auto before = parse_replaces(std::string_view(*refer->replaces));
    PORTCULLIS_ASSERT(before);
    const auto printed = print_refer_to("sip:a@b.example", *before);
    const auto again = parse_refer_to(std::string_view(printed));
    PORTCULLIS_ASSERT(again && again->replaces);
    const auto after = parse_replaces(std::string_view(*again->replaces));
    PORTCULLIS_ASSERT(after && after->call_id == before->call_id &&
                      after->to_tag == before->to_tag && after->from_tag == before->from_tag &&
                      after->early_only == before->early_only);
}

void check_value(std::string_view value) {
    PORTCULLIS_ASSERT(value.find_first_of("\r\n") == std::string_view::npos);
    if (const auto address = parse_name_addr(value)) {
        const auto text = print(*address);
        const auto again = parse_name_addr(text);
        PORTCULLIS_ASSERT(again && again->tag == address->tag);
        PORTCULLIS_ASSERT(equivalent(again->uri, address->uri));
        (void)address->display_text();
        (void)address->uri.user_text();
    }
    if (const auto via = parse_via(value)) {
        const auto text = print(*via);
        const auto again = parse_via(text);
        PORTCULLIS_ASSERT(again && again->branch == via->branch);
    }
    (void)parse_uri(value);
    (void)parse_cseq(value);
    (void)parse_retry_after(value);
    (void)parse_reason(value);
    (void)parse_rack(value);
    (void)parse_replaces(value);
    (void)parse_media_type(value);
    (void)parse_session_expires(value);
    (void)parse_event(value);
    (void)parse_referred_by(value);
    (void)parse_qvalue(value);
    (void)unquote(value);
    if (const auto state = parse_subscription_state(value)) {
        const auto text = print(*state);
        PORTCULLIS_ASSERT(parse_subscription_state(text));
    }
    check_reference(value);
}

void check_message(const Message& message) {
    for (std::size_t i = 0; i < message.header_count(); ++i) {
        const auto header = message.header_at(i);
        check_value(header.value);
        for (const auto value : message.values(header.id)) check_value(value);
        (void)option_tags(message, header.id);
    }
    (void)redirect_targets(message);
}

// Built of another message's parts it must parse to the same.
void rebuild(const Message& message) {
    if (!message.is_request()) return;
    auto builder = MessageBuilder::request(message.method_text(), message.request_uri_text());
    for (std::size_t i = 0; i < message.header_count(); ++i) {
        const auto header = message.header_at(i);
        builder.add(header.name, header.value);
    }
    builder.body({}, std::string(message.body()));
    const auto built = builder.finish();
    Limits wide;
    wide.message *= 2;
    wide.header_section *= 2;
    wide.headers *= 2;
    wide.header *= 2;
    const auto parsed = parse_message(std::string(built->bytes()), wide);
    PORTCULLIS_ASSERT(parsed && **parsed == *built);
}

}  // namespace
}  // namespace portcullis::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis::sip;
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto judgement = judge_message(bytes);
    if (!judgement.message) return 0;
    const Message& message = *judgement.message;
    check_message(message);
    if (judgement.accepted()) {
        const auto again = parse_message(std::string(message.bytes()));
        PORTCULLIS_ASSERT(again && **again == message);
        rebuild(message);
    }
    const auto source = portcullis::Endpoint::parse("192.0.2.1:1024");
    if (const auto response = make_rejection_response(message, {400, {}}, source)) {
        const auto& answer = **response;
        PORTCULLIS_ASSERT(answer.bytes().find("\r\n\r\n") + 4 == answer.bytes().size());
        check_message(answer);
    }
    return 0;
}
