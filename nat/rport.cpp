// SPDX-License-Identifier: BSD-2-Clause
#include "nat/rport.hpp"

namespace portcullis::nat {

ViaFix fix_via(const ViaFacts& facts) {
    ViaFix fix;
    // RFC 3261 18.2.1: received when sent-by is a name or another address; RFC 3581 section 4: with
    // rport also when it is the same.
    const bool differs = !facts.via_host || *facts.via_host != facts.source.address;
    if (differs || facts.has_rport) fix.received = facts.source.address;
    if (facts.has_rport) fix.rport = facts.source.port;
    // RFC 3261 18.2.2 (received, else sent-by, which then is the source address) and RFC 3581
    // section 4 (the source port instead of the one in sent-by).
    fix.response_target.address = facts.source.address;
    if (facts.has_rport) {
        fix.response_target.port = facts.source.port;
    } else {
        fix.response_target.port = facts.via_port != 0 ? facts.via_port : facts.default_port;
    }
    return fix;
}

}  // namespace portcullis::nat
