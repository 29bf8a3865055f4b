// SPDX-License-Identifier: BSD-2-Clause
#include "nat/contact_fix.hpp"

namespace portcullis::nat {

ContactChoice choose_contact(const ContactFacts& facts) {
    // RFC 3261 12.2.1.1: with a route set the request goes to its first entry, and whoever recorded
    // the route knows how to reach the Contact.
    if (facts.has_route_set) return {std::nullopt, ContactReason::RouteSet};
    if (facts.contact_host && !facts.contact_host->is_usable_target()) {
        return {facts.source, ContactReason::Unusable};
    }
    const bool is_source = facts.contact_host && *facts.contact_host == facts.source.address &&
                           (facts.contact_port == facts.source.port);
    if (facts.verdict.behind_nat && !is_source) return {facts.source, ContactReason::BehindNat};
    return {};
}

std::string_view describe(ContactReason reason) {
    switch (reason) {
        case ContactReason::Reachable:
            return "contact as given";
        case ContactReason::RouteSet:
            return "route set";
        case ContactReason::BehindNat:
            return "source address, peer behind nat";
        case ContactReason::Unusable:
            return "source address, contact cannot be sent to";
    }
    return "unknown";
}

}  // namespace portcullis::nat
