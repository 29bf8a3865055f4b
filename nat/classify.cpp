// SPDX-License-Identifier: BSD-2-Clause
#include "nat/classify.hpp"

#include "nat/scope.hpp"

namespace portcullis::nat {

NatVerdict classify(const NatFacts& facts) {
    // The topmost Via is the previous hop's own word on its address, so a difference is a
    // translation on the way; a port left out or an ephemeral one says nothing.
    if (facts.via_host && *facts.via_host != facts.source.address) {
        return {true, NatReason::ViaAddress};
    }
    // A Contact may well name another host (a proxy stands in front of it): only an address that
    // cannot be reached from where the request came from is evidence.
    if (facts.contact_host && is_private(*facts.contact_host) &&
        !is_private(facts.source.address)) {
        return {true, NatReason::PrivateContact};
    }
    return {};
}

std::string_view describe(NatReason reason) {
    switch (reason) {
        case NatReason::None:
            return "not behind nat";
        case NatReason::ViaAddress:
            return "via address differs from source";
        case NatReason::PrivateContact:
            return "private contact from a public source";
    }
    return "unknown";
}

}  // namespace portcullis::nat
