// SPDX-License-Identifier: BSD-2-Clause
// The life of what name servers answer (checker.hpp).
#include "policy/config/checker.hpp"

namespace portcullis::config {

void check_dns(Checker& checker) {
    const DnsConfig& dns = checker.document().dns;
    if (dns.min_ttl > dns.max_ttl && !checker.known("/dns/max_ttl_s")) {
        checker.report("/dns/min_ttl_s", "timer-order", "it is longer than max_ttl_s",
                       "shorten it, or lengthen max_ttl_s");
    }
}

}  // namespace portcullis::config
