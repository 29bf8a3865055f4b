// SPDX-License-Identifier: BSD-2-Clause
// Chooses where in-dialog requests to a peer are sent: its Contact, or where it was last heard.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/net/endpoint.hpp"
#include "nat/classify.hpp"

namespace portcullis::nat {

struct ContactFacts {
    Endpoint source;  // of the message that carried the Contact
    NatVerdict verdict;
    bool connection = false;                // it came over TCP, TLS or WebSocket
    bool has_route_set = false;             // requests go to a Route, not to the Contact
    std::optional<IpAddress> contact_host;  // when an address
    std::uint16_t contact_port = 0;         // 0: absent
};

enum class ContactReason : std::uint8_t {
    Reachable,  // the Contact is good as it stands
    RouteSet,   // the next hop is a Route (RFC 3261 section 12.2.1.1); the Contact is only named
    BehindNat,  // send to the source instead
    Unusable    // the Contact is an address that nothing may be sent to: send to the source
};

struct ContactChoice {
    // Set: send there (on its flow) while the Request-URI still is the Contact URI.
    std::optional<Endpoint> send_to;
    ContactReason reason = ContactReason::Reachable;
    bool operator==(const ContactChoice&) const = default;
};

[[nodiscard]] ContactChoice choose_contact(const ContactFacts& facts);

[[nodiscard]] std::string_view describe(ContactReason reason);

}  // namespace portcullis::nat
