// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/leg_factory.hpp"

#include "common/base/text.hpp"
#include "nat/contact_fix.hpp"
#include "signaling/b2bua/negotiation.hpp"

namespace portcullis::b2bua {
namespace {

// Transport and address; those of before where the next hop gives none that may be used.
transport::Destination aim(Leg& leg, const dialog::Dialog& dialog, const sip::Message& message,
                           const transport::Source& source) {
    auto destination = leg.destination;
    const std::string next_hop = dialog.next_hop();
    const auto uri = sip::parse_uri(next_hop);
    if (!uri || !uri->is_sip()) return destination;

    nat::NatFacts facts{.source = source.remote, .via_host = {}, .via_port = 0, .contact_host = {}};
    facts.contact_host = uri->address();
    if (message.is_request()) {
        facts.via_host = IpAddress::parse(message.essentials().top_via.host);
        facts.via_port = message.essentials().top_via.port.value_or(0);
    }
    nat::NatVerdict verdict;
    if (leg.terms.behind_nat == config::BehindNat::Always) verdict.behind_nat = true;
    if (leg.terms.behind_nat == config::BehindNat::Auto) verdict = nat::classify(facts);
    leg.behind_nat = verdict.behind_nat;

    nat::ContactFacts contact;
    contact.source = source.remote;
    contact.verdict = verdict;
    contact.connection = is_reliable(source.transport);
    contact.has_route_set = !dialog.state().route_set.empty();
    contact.contact_host = uri->address();
    contact.contact_port = uri->port.value_or(0);
    const auto choice = nat::choose_contact(contact);
    if (choice.send_to) {
        destination.remote = *choice.send_to;
        destination.transport = source.transport;
        return destination;
    }
    const auto address = uri->address();
    // A name: the address the peer was reached by so far, until DNS has said where it is
    // (hop_to_locate). Never anywhere a route set could aim at us.
    if (!address || !address->is_usable_target()) return destination;
    const auto transport = uri->params.get("transport");
    const auto kind = transport ? parse_transport(*transport, source.transport) : std::nullopt;
    destination.transport = kind.value_or(leg.address.transport);
    destination.remote = {*address,
                          uri->port.value_or(describe(destination.transport).default_port)};
    return destination;
}

}  // namespace

transport::Destination destination_of(Leg& leg, const dialog::Dialog& dialog,
                                      const sip::Message& message,
                                      const transport::Source& source) {
    auto destination = aim(leg, dialog, message, source);
    // A connection from there leads there as well, though it rarely comes from the port that the
    // Contact names; behind NAT it is the only way. Any other leads to somebody else.
    const bool leads_there = destination.transport == source.transport &&
                             destination.remote.address == source.remote.address;
    destination.flow = leads_there || leg.behind_nat ? source.flow : transport::FlowId{};
    return destination;
}

std::optional<config::GatewayUri> hop_to_locate(const Leg& leg, const dialog::Dialog& dialog) {
    const std::string next_hop = dialog.next_hop();
    const auto uri = sip::parse_uri(next_hop);
    if (!uri || !uri->is_sip() || uri->address() || leg.destination.flow || leg.behind_nat) {
        return std::nullopt;
    }
    const auto name = text::to_lower(uri->host);
    if (name.ends_with(".invalid") || name == leg.destination.server_name) return std::nullopt;
    const auto word = uri->params.get("transport");
    const auto named = word ? parse_transport(*word, leg.address.transport) : std::nullopt;
    return config::GatewayUri{.name = name,
                              .port = uri->port,
                              .named_transport = named.value_or(leg.address.transport),
                              .secure = uri->scheme == sip::Scheme::Sips};
}

Leg uas_leg(const ConfigSnapshot& config, shard::Slot slot, const transport::Source& source,
            const std::string& realm, const std::string& trunk) {
    Leg leg;
    leg.side = Side::A;
    leg.realm = realm;
    leg.trunk = trunk;
    leg.destination = transport::reply_to(source);
    leg.destination.trunk = trunk;
    leg.signaling_source = source.remote.address;
    if (const auto* const known = config.policy->find_trunk(trunk)) {
        leg.terms = known->media;
        leg.session = known->session;
    }
    const auto* const found = config.policy->find_realm(realm);
    leg.address = {.interface = source.interface,
                   .transport = source.transport,
                   .local = source.local,
                   .contact_user = shard::make_tag(slot),
                   .domain = found == nullptr ? "" : found->domain};
    return leg;
}

std::optional<Leg> uac_leg(const ConfigSnapshot& config, shard::Slot slot,
                           const policy::Target& target) {
    const auto* const interface = config.policy->egress_interface(
        target.realm, target.endpoint.address.family(), target.transport);
    if (interface == nullptr) return std::nullopt;
    Leg leg;
    leg.side = Side::B;
    leg.realm = target.realm;
    leg.trunk = target.trunk;
    leg.terms = target.media;
    leg.session = target.session;
    leg.address = {.interface = interface->name,
                   .transport = target.transport,
                   .local = interface->endpoint(),
                   .contact_user = shard::make_tag(slot),
                   .domain = target.domain};
    leg.destination = {.interface = interface->name,
                       .transport = target.transport,
                       .remote = target.endpoint,
                       .flow = {},
                       .server_name = target.location.name,
                       .trunk = target.trunk};
    leg.signaling_source = target.endpoint.address;
    return leg;
}

PassContext pass_context(const ConfigSnapshot& config, const Leg& from, const Leg& to) {
    const auto trusted = [&config](const std::string& name) {
        const auto* const realm = config.policy->find_realm(name);
        return realm != nullptr && realm->trusted;
    };
    return {.from_trusted = trusted(from.realm),
            .to_trusted = trusted(to.realm),
            .domain = to.address.uri_host(),
            .from = config.policy->identity_rules(from.realm, from.trunk),
            .to = config.policy->identity_rules(to.realm, to.trunk),
            .from_realm = from.realm};
}

}  // namespace portcullis::b2bua
