// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/outgoing.hpp"

#include "common/base/text.hpp"
#include "signaling/sip/simple_headers.hpp"
#include "signaling/sip/status.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::b2bua {
namespace {

using sip::HeaderId;

std::string transport_param(TransportKind transport) {
    if (transport == TransportKind::Udp) return {};
    return ";transport=" + std::string(describe(transport).uri);
}

// From towards the target: the caller's name and number, our domain; an anonymous caller stays so.
std::string from_value(const InviteParts& parts) {
    const auto& from = parts.from;
    return text::concat({from.name.empty() ? "" : sip::quote(from.name),
                         from.name.empty() ? "" : " ",
                         "<sip:", sip::percent_escape(from.user, sip::CharClass::User),
                         from.user.empty() ? "" : "@", from.host, ">;tag=", parts.from_tag});
}

std::string to_value(const policy::Target& target) {
    return text::concat({"<sip:", sip::percent_escape(target.called, sip::CharClass::User),
                         target.called.empty() ? "" : "@", target.endpoint.address.host_text(),
                         ">"});
}

dialog::RequestParts dialog_parts(const OwnVia& via, const LegAddress& address, bool with_contact,
                                  std::string sdp) {
    dialog::RequestParts parts;
    parts.via = via.via();
    if (with_contact) parts.contact = contact_value(address);
    if (!sdp.empty()) parts.content_type = kSdpType;
    parts.body = std::move(sdp);
    return parts;
}

bool refreshes_target(sip::Method method) {
    switch (method) {
        case sip::Method::Invite:
        case sip::Method::Update:
        case sip::Method::Refer:
        case sip::Method::Subscribe:
        case sip::Method::Notify:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::string request_uri(const policy::Target& target) {
    return text::concat({"sip:", sip::percent_escape(target.called, sip::CharClass::User),
                         target.called.empty() ? "" : "@", target.endpoint.text(),
                         transport_param(target.transport)});
}

OwnVia::OwnVia(const LegAddress& address, shard::Slot slot)
    : host(address.local.address.host_text()),
      branch(shard::make_branch(slot)),
      params(text::concat({"branch=", branch, ";rport"})),
      port(address.local.port),
      transport(address.transport) {}

sip::Via OwnVia::via() const {
    sip::Via via;
    via.protocol = "SIP";
    via.version = "2.0";
    via.transport = describe(transport).via;
    via.host = host;
    via.port = port;
    via.branch = branch;
    via.has_rport = true;
    via.params = sip::Params(params);
    return via;
}

std::string contact_value(const LegAddress& address) {
    return text::concat({"<sip:", address.contact_user, "@", address.local.text(),
                         transport_param(address.transport), ">"});
}

sip::MessagePtr make_invite(const InviteParts& parts, shard::Slot slot) {
    const OwnVia via(parts.address, slot);
    auto builder = sip::MessageBuilder::request(parts.method, request_uri(parts.target));
    builder
        .add(HeaderId::Via, text::concat({"SIP/2.0/", describe(via.transport).via, " ",
                                          parts.address.local.text(), ";", via.params}))
        .add(HeaderId::MaxForwards, parts.max_forwards)
        .add(HeaderId::From, from_value(parts))
        .add(HeaderId::To, to_value(parts.target))
        .add(HeaderId::CallId, parts.call_id)
        .add(HeaderId::CSeq, text::concat({std::to_string(parts.cseq), " ", parts.method}))
        .add(HeaderId::Allow, parts.allow);
    if (parts.contact) builder.add(HeaderId::Contact, contact_value(parts.address));
    for (const auto& [name, value] : parts.headers) builder.add(name, value);
    if (!parts.body.text.empty()) builder.body(parts.body.content_type, parts.body.text);
    return builder.finish();
}

sip::MessagePtr make_response(const sip::Message& request, int code, const ResponseParts& parts) {
    auto builder = sip::MessageBuilder::response(request, code, {},
                                                 {.to_tag = parts.to_tag, .source = parts.source});
    if (parts.contact != nullptr) {
        // 12.1.1: the route set of the dialog is what the request recorded.
        builder.copy(request, HeaderId::RecordRoute);
        builder.add(HeaderId::Contact, contact_value(*parts.contact));
        if (!parts.allow.empty()) builder.add(HeaderId::Allow, parts.allow);
    }
    for (const auto& [name, value] : parts.headers) builder.add(name, value);
    if (!parts.sdp.empty()) builder.body(parts.content_type, parts.sdp);
    return builder.finish();
}

sip::MessagePtr make_in_dialog(dialog::Dialog& dialog, sip::Method method,
                               const LegAddress& address, shard::Slot slot, InDialogParts parts) {
    return make_in_dialog(dialog, sip::name(method), address, slot, std::move(parts));
}

sip::MessagePtr make_in_dialog(dialog::Dialog& dialog, std::string_view method,
                               const LegAddress& address, shard::Slot slot, InDialogParts parts) {
    const OwnVia via(address, slot);
    const bool refreshes = refreshes_target(sip::parse_method(method));
    auto out = dialog_parts(via, address, refreshes, std::move(parts.sdp));
    if (!out.body.empty()) out.content_type = std::move(parts.content_type);
    out.headers = std::move(parts.headers);
    if (!parts.allow.empty()) out.headers.emplace_back("Allow", std::move(parts.allow));
    out.max_forwards = parts.max_forwards;
    return dialog::make_request(dialog, method, out);
}

sip::MessagePtr make_dialog_ack(const dialog::Dialog& dialog, const LegAddress& address,
                                shard::Slot slot, std::uint32_t invite_cseq, std::string sdp) {
    const OwnVia via(address, slot);
    return dialog::make_ack(dialog, dialog_parts(via, address, false, std::move(sdp)), invite_cseq);
}

std::uint32_t next_max_forwards(const sip::Message& request) {
    const auto hops = request.essentials().max_forwards;
    if (!hops) return kMaxForwards;
    return *hops == 0 ? 0 : std::min(*hops, kMaxForwards) - 1;
}

std::string number_of(const sip::Uri& uri) {
    return std::string(text::cut(uri.user_text(), ';').first);
}

HeaderList warned(sip::Warning warning, HeaderList headers) {
    if (!warning.empty()) headers.emplace_back("Warning", warning.value());
    return headers;
}

HeaderList retry_after(std::chrono::seconds after) {
    if (after.count() <= 0) return {};
    return {{"Retry-After", std::to_string(after.count())}};
}

}  // namespace portcullis::b2bua
