// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transaction/client_requests.hpp"

#include "signaling/sip/builder.hpp"
#include "signaling/sip/parser.hpp"

namespace portcullis::transaction {

namespace {

using sip::HeaderId;

sip::MessageBuilder begin(sip::Method method, const sip::Message& invite, const sip::Message& to) {
    auto builder = sip::MessageBuilder::request(method, invite.request_uri_text());
    builder.copy_first(invite, HeaderId::Via)
        .add(HeaderId::MaxForwards, 70)
        .copy(invite, HeaderId::Route)
        .copy(invite, HeaderId::From)
        .copy(to, HeaderId::To)
        .copy(invite, HeaderId::CallId)
        .add(HeaderId::CSeq, sip::print(sip::CSeq{.number = invite.essentials().cseq.number,
                                                  .method = method,
                                                  .method_text = sip::name(method)}));
    return builder;
}

}  // namespace

sip::MessagePtr make_failure_ack(const sip::Message& invite, const sip::Message& response) {
    return begin(sip::Method::Ack, invite, response).finish();
}

sip::MessagePtr make_cancel(const sip::Message& invite, const std::vector<ExtraHeader>& extra) {
    auto builder = begin(sip::Method::Cancel, invite, invite);
    for (const auto& header : extra) builder.add(header.name, header.value);
    return builder.finish();
}

sip::MessagePtr with_via_transport(const sip::Message& request, TransportKind transport) {
    const std::string_view was = request.essentials().top_via.transport;
    const std::string_view all = request.bytes();
    std::string bytes(all);
    bytes.replace(static_cast<std::size_t>(was.data() - all.data()), was.size(),
                  describe(transport).via);
    auto changed = sip::parse_message(std::move(bytes));
    return changed ? std::move(*changed) : nullptr;
}

}  // namespace portcullis::transaction
