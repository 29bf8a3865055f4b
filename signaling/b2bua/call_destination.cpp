// SPDX-License-Identifier: BSD-2-Clause
// Where a leg's in-dialog requests go, and what they may carry across.
#include <algorithm>

#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/leg_factory.hpp"

namespace portcullis::b2bua {

void Call::update_destination(Leg& leg, const sip::Message& message,
                              const transport::Source& source) {
    leg.signaling_source = source.remote.address;
    if (const auto* const dialog = dialog_of(leg.side)) {
        leg.destination = destination_of(leg, *dialog, message, source);
        if (const auto hop = hop_to_locate(leg, *dialog)) env_.locate_hop(id_, leg.side, *hop);
    }
}

// The ACK of a 2xx does not wait for this: where it went astray, the repeated 2xx brings it again
// (RFC 3261 section 13.2.2.4), to the right place then.
void Call::on_hop_located(Side side, const config::GatewayUri& hop,
                          const Result<locate::Answer>& found) {
    Leg& leg = side == Side::A ? a_ : b_;
    const auto* const dialog = dialog_of(side);
    if (dialog == nullptr || hop_to_locate(leg, *dialog) != hop) return;
    const std::string what = "next hop " + hop.name + (side == Side::A ? " of leg A" : " of leg B");
    if (!found) {
        story(what + " was not found (" + found.error().text() +
              "): requests go where it was reached so far");
        return;
    }
    const auto usable = [&leg](const locate::Located& server) {
        return server.remote.address.family() == leg.address.local.address.family() &&
               server.remote.address.is_usable_target();
    };
    const auto& servers = found->servers;
    const auto first = std::find_if(servers.begin(), servers.end(), usable);
    // The peer's own address is as good as any of its equals, and known to work.
    const bool known = std::any_of(servers.begin(), servers.end(), [&](const auto& server) {
        return server.remote == leg.destination.remote;
    });
    if (first == servers.end() || known) return;
    leg.destination.remote = first->remote;
    leg.destination.transport = first->transport;
    leg.destination.server_name = hop.name;
    story(what + " is " + first->remote.text());
}

PassContext Call::pass_context(Side from) const {
    const Leg& source = from == Side::A ? a_ : b_;
    const Leg& target = from == Side::A ? b_ : a_;
    return b2bua::pass_context(*env_.config(), source, target);
}

// Of the INVITE to a gateway: the numbers in its header fields are changed as those it is sent to
// and from.
PassContext Call::pass_context(const Attempt& attempt) const {
    auto context = b2bua::pass_context(*env_.config(), a_, attempt.leg);
    context.numbers = number_map(setup_.route.numbers);
    context.calling = attempt.target.calling;
    context.called = attempt.target.called;
    return context;
}

}  // namespace portcullis::b2bua
