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

std::string request_uri(const policy::Target& target) {
    std::string uri = "sip:";
    if (!target.called.empty()) {
        uri += sip::percent_escape(target.called, sip::CharClass::User) + "@";
    }
    return uri + target.endpoint.text() + transport_param(target.transport);
}

// From towards the target: the caller's name and number, our domain; an anonymous caller stays so.
std::string from_value(const InviteParts& parts) {
    const auto& from = parts.incoming.essentials().from;
    const auto name = from.display_text();
    std::string uri = "sip:";
    if (!parts.target.calling.empty()) {
        uri += sip::percent_escape(parts.target.calling, sip::CharClass::User) + "@";
    }
    // RFC 3323 section 4.1.1.3 names this host; it says nothing about anybody.
    uri += text::iequals(from.uri.host, "anonymous.invalid") ? "anonymous.invalid"
                                                             : parts.address.uri_host();
    return (name.empty() ? "" : sip::quote(name) + " ") + "<" + uri + ">;tag=" + parts.from_tag;
}

std::string to_value(const policy::Target& target) {
    std::string uri = "sip:";
    if (!target.called.empty()) {
        uri += sip::percent_escape(target.called, sip::CharClass::User) + "@";
    }
    return "<" + uri + target.endpoint.address.host_text() + ">";
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

}  // namespace

OwnVia::OwnVia(const LegAddress& address, shard::Slot slot)
    : host(address.local.address.host_text()),
      branch(shard::make_branch(slot)),
      params("branch=" + branch + ";rport"),
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
    return "<sip:" + address.contact_user + "@" + address.local.text() +
           transport_param(address.transport) + ">";
}

sip::MessagePtr make_invite(const InviteParts& parts, shard::Slot slot) {
    const OwnVia via(parts.address, slot);
    auto builder = sip::MessageBuilder::request(sip::Method::Invite, request_uri(parts.target));
    builder
        .add(HeaderId::Via, "SIP/2.0/" + std::string(describe(via.transport).via) + " " +
                                parts.address.local.text() + ";" + via.params)
        .add(HeaderId::MaxForwards, parts.max_forwards)
        .add(HeaderId::From, from_value(parts))
        .add(HeaderId::To, to_value(parts.target))
        .add(HeaderId::CallId, parts.call_id)
        .add(HeaderId::CSeq, "1 INVITE")
        .add(HeaderId::Contact, contact_value(parts.address))
        .add(HeaderId::Allow, kAllow);
    for (const auto& [name, value] : parts.headers) builder.add(name, value);
    if (!parts.sdp.empty()) builder.body(kSdpType, parts.sdp);
    return builder.finish();
}

sip::MessagePtr make_response(const sip::Message& request, int code, const ResponseParts& parts) {
    auto builder =
        sip::MessageBuilder::response(request, code, {}, {.to_tag = parts.to_tag, .source = {}});
    if (parts.contact != nullptr) {
        // 12.1.1: the route set of the dialog is what the request recorded.
        builder.copy(request, HeaderId::RecordRoute);
        builder.add(HeaderId::Contact, contact_value(*parts.contact));
        builder.add(HeaderId::Allow, kAllow);
    }
    for (const auto& [name, value] : parts.headers) builder.add(name, value);
    if (!parts.sdp.empty()) builder.body(kSdpType, parts.sdp);
    return builder.finish();
}

sip::MessagePtr make_in_dialog(dialog::Dialog& dialog, sip::Method method,
                               const LegAddress& address, shard::Slot slot, std::string sdp,
                               HeaderList headers, std::uint32_t max_forwards) {
    const OwnVia via(address, slot);
    auto parts = dialog_parts(via, address, method == sip::Method::Invite, std::move(sdp));
    parts.headers = std::move(headers);
    if (method == sip::Method::Invite) parts.headers.emplace_back("Allow", kAllow);
    parts.max_forwards = max_forwards;
    return dialog::make_request(dialog, method, parts);
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

std::string unsupported_options(const sip::Message& request) {
    std::string list;
    for (const auto option : request.values(HeaderId::Require)) {
        list += (list.empty() ? "" : ", ") + std::string(option);
    }
    return list;
}

SdpBody sdp_body(const sip::Message& message) {
    if (message.body().empty()) return {};
    const auto type = message.header(HeaderId::ContentType);
    const auto media = type ? sip::parse_media_type(*type) : Result<sip::MediaType>{};
    if (!type || !media || !media->is("application", "sdp")) return {.text = {}, .error = 415};
    if (const auto coding = message.header(HeaderId::ContentEncoding);
        coding && !text::iequals(*coding, "identity")) {
        return {.text = {}, .error = 415};
    }
    return {.text = message.body()};
}

}  // namespace portcullis::b2bua
