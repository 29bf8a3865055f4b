// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/requests.hpp"

#include "signaling/sip/builder.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::trunk {
namespace {

using sip::HeaderId;

constexpr std::uint64_t kMaxForwards = 70;

std::string transport_param(TransportKind transport) {
    if (transport == TransportKind::Udp) return {};
    return ";transport=" + std::string(describe(transport).param);
}

std::string with_user(const std::string& user, const std::string& host) {
    return "sip:" + (user.empty() ? "" : sip::percent_escape(user, sip::CharClass::User) + "@") +
           host;
}

sip::MessageBuilder begin(sip::Method method, const std::string& request_uri, const OwnSide& own,
                          shard::Slot slot) {
    auto builder = sip::MessageBuilder::request(method, request_uri);
    builder
        .add(HeaderId::Via, "SIP/2.0/" + std::string(describe(own.transport).via) + " " +
                                own.local.text() + ";branch=" + shard::make_branch(slot) + ";rport")
        .add(HeaderId::MaxForwards, kMaxForwards);
    return builder;
}

}  // namespace

std::string contact_uri(const OwnSide& own, const std::string& user, bool gin) {
    return with_user(gin ? std::string() : user, own.local.text()) +
           transport_param(own.transport) + (gin ? ";bnc" : "");
}

sip::MessagePtr make_options(const OptionsParts& parts, shard::Slot slot) {
    const auto& own = parts.own;
    const auto target = with_user(parts.to_user, parts.host);
    const auto request_uri =
        target + ":" + std::to_string(parts.remote.port) + transport_param(own.transport);
    auto builder = begin(sip::Method::Options, request_uri, own, slot);
    builder
        .add(HeaderId::From,
             "<" + with_user(parts.from_user, own.uri_host()) + ">;tag=" + shard::make_tag(slot))
        .add(HeaderId::To, "<" + target + ">")
        .add(HeaderId::CallId, shard::make_call_id(slot))
        .add(HeaderId::CSeq, "1 OPTIONS")
        .add(HeaderId::Contact, "<" + contact_uri(own, parts.from_user, false) + ">")
        .add(HeaderId::Accept, "application/sdp");
    return builder.finish();
}

sip::MessagePtr make_register(const RegisterParts& parts, shard::Slot slot) {
    auto builder = begin(sip::Method::Register, parts.request_uri, parts.own, slot);
    if (!parts.route.empty()) builder.add(HeaderId::Route, "<" + parts.route + ";lr>");
    builder.add(HeaderId::From, "<" + parts.aor + ">;tag=" + parts.from_tag)
        .add(HeaderId::To, "<" + parts.aor + ">")
        .add(HeaderId::CallId, parts.call_id)
        .add(HeaderId::CSeq, std::to_string(parts.cseq) + " REGISTER")
        .add(HeaderId::Contact, "<" + parts.contact + ">;expires=" + std::to_string(parts.expires))
        .add(HeaderId::Expires, parts.expires)
        .add(HeaderId::Supported, "path");
    if (parts.gin) {
        // RFC 6140 section 5.2: an element that does not know it must not take it for one binding.
        builder.add(HeaderId::Require, "gin").add(HeaderId::ProxyRequire, "gin");
    }
    if (!parts.authorization.empty()) builder.add(HeaderId::Authorization, parts.authorization);
    if (!parts.proxy_authorization.empty()) {
        builder.add(HeaderId::ProxyAuthorization, parts.proxy_authorization);
    }
    return builder.finish();
}

}  // namespace portcullis::trunk
