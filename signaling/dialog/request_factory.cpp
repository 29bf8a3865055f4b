// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/request_factory.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/builder.hpp"
#include "signaling/sip/name_addr.hpp"

namespace portcullis::dialog {

namespace {

using sip::HeaderId;

struct Routing {
    std::string request_uri;
    std::vector<std::string> route;
};

// 12.2.1.1.
Routing route(const DialogState& state) {
    if (state.route_set.empty()) return {state.remote_target, {}};
    const auto first = sip::parse_name_addr(state.route_set.front());
    // A checkpoint may hold anything: what does not parse cannot be followed.
    if (!first) return {state.remote_target, {}};
    if (first->uri.params.has("lr")) return {state.remote_target, state.route_set};
    // Strict: the first router takes the Request-URI, without what may not stand there.
    sip::Uri uri = first->uri;
    uri.headers = {};
    Routing out{sip::print(uri), {state.route_set.begin() + 1, state.route_set.end()}};
    out.route.push_back("<" + state.remote_target + ">");
    return out;
}

std::string party(const std::string& name, const std::string& uri, const std::string& tag) {
    return text::concat({name, name.empty() ? "<" : " <", uri, tag.empty() ? ">" : ">;tag=", tag});
}

sip::MessagePtr build(const DialogState& state, std::string_view method, std::uint32_t cseq,
                      const RequestParts& parts) {
    const Routing routing = route(state);
    auto builder = sip::MessageBuilder::request(method, routing.request_uri);
    builder.add(HeaderId::Via, sip::print(parts.via));
    builder.add(HeaderId::MaxForwards, parts.max_forwards);
    for (const auto& value : routing.route) builder.add(HeaderId::Route, value);
    builder.add(HeaderId::From, party(state.local_name, state.local_uri, state.id.local_tag));
    builder.add(HeaderId::To, party(state.remote_name, state.remote_uri, state.id.remote_tag));
    builder.add(HeaderId::CallId, state.id.call_id);
    builder.add(HeaderId::CSeq, text::concat({std::to_string(cseq), " ", method}));
    if (!parts.contact.empty()) builder.add(HeaderId::Contact, parts.contact);
    for (const auto& [name, value] : parts.headers) builder.add(name, value);
    if (!parts.body.empty()) builder.body(parts.content_type, parts.body);
    return builder.finish();
}

}  // namespace

sip::MessagePtr make_request(Dialog& dialog, std::string_view method, const RequestParts& parts) {
    const auto cseq = dialog.take_cseq(sip::parse_method(method) == sip::Method::Invite);
    return build(dialog.state(), method, cseq, parts);
}

sip::MessagePtr make_request(Dialog& dialog, sip::Method method, const RequestParts& parts) {
    return make_request(dialog, sip::name(method), parts);
}

sip::MessagePtr make_ack(const Dialog& dialog, const RequestParts& parts,
                         std::optional<std::uint32_t> invite_cseq) {
    return build(dialog.state(), sip::name(sip::Method::Ack),
                 invite_cseq.value_or(dialog.state().invite_cseq), parts);
}

}  // namespace portcullis::dialog
