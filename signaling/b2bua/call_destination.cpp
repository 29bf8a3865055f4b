// SPDX-License-Identifier: BSD-2-Clause
// Where a leg's in-dialog requests go (RFC 3261 sections 12.2.1.1 and 8.1.2).
#include "nat/contact_fix.hpp"
#include "signaling/b2bua/call.hpp"

namespace portcullis::b2bua {

// 12.2.1.1, with the one departure that NAT asks for: a Contact nobody can reach is not used.
void Call::update_destination(Leg& leg, const sip::Message& message,
                              const transport::Source& source) {
    leg.signaling_source = source.remote.address;
    if (const auto* const dialog = dialog_of(leg.side)) {
        leg.destination = destination_of(leg, *dialog, message, source);
    }
}

transport::Destination Call::destination_of(Leg& leg, const dialog::Dialog& dialog,
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

// Transport and address; those of before where the next hop gives none that may be used.
transport::Destination Call::aim(Leg& leg, const dialog::Dialog& dialog,
                                 const sip::Message& message, const transport::Source& source) {
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
    // A name: the address the peer was reached by so far. Never anywhere a route set could aim at
    // us.
    if (!address || !address->is_usable_target()) return destination;
    const auto transport = uri->params.get("transport");
    const auto kind = transport ? parse_transport(*transport) : std::nullopt;
    destination.transport = kind.value_or(leg.address.transport);
    destination.remote = {*address,
                          uri->port.value_or(describe(destination.transport).default_port)};
    return destination;
}

}  // namespace portcullis::b2bua
