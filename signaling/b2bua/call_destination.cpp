// SPDX-License-Identifier: BSD-2-Clause
// Where a leg's in-dialog requests go, and what they may carry across.
#include "signaling/b2bua/call.hpp"
#include "signaling/b2bua/leg_factory.hpp"

namespace portcullis::b2bua {

void Call::update_destination(Leg& leg, const sip::Message& message,
                              const transport::Source& source) {
    leg.signaling_source = source.remote.address;
    if (const auto* const dialog = dialog_of(leg.side)) {
        leg.destination = destination_of(leg, *dialog, message, source);
    }
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
