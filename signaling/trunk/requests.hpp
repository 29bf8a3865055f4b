// SPDX-License-Identifier: BSD-2-Clause
// The requests we send to a trunk on our own account: OPTIONS (RFC 3261 section 11) and REGISTER
// (section 10.2, RFC 6140).
#pragma once

#include <cstdint>
#include <string>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "signaling/shard/slot.hpp"
#include "signaling/sip/message.hpp"

namespace portcullis::trunk {

// Our side of a way to a trunk.
struct OwnSide {
    std::string interface{};  // name of the sip interface
    Endpoint local{};
    TransportKind transport = TransportKind::Udp;
    std::string domain{};  // of the realm; empty: the local address

    [[nodiscard]] std::string uri_host() const {
        return domain.empty() ? local.address.host_text() : domain;
    }
};

struct OptionsParts {
    OwnSide own{};
    Endpoint remote{};
    std::string host{};       // of Request-URI and To: the gateway's name or address
    std::string from_user{};  // may be empty
    std::string to_user{};
};

// "sip:4930@198.18.1.1:5060;transport=tcp", of a GIN registration "sip:198.18.1.1:5060;bnc".
[[nodiscard]] std::string contact_uri(const OwnSide& own, const std::string& user, bool gin);

[[nodiscard]] sip::MessagePtr make_options(const OptionsParts& parts, shard::Slot slot);

struct RegisterParts {
    OwnSide own{};
    std::string request_uri{};
    std::string route{};  // URI of the outbound proxy; empty: none
    std::string aor{};
    std::string contact{};  // URI
    bool gin = false;
    std::string call_id{};
    std::string from_tag{};
    std::uint32_t cseq = 1;
    std::uint32_t expires = 0;
    std::string authorization{};  // empty: none
    std::string proxy_authorization{};
};

[[nodiscard]] sip::MessagePtr make_register(const RegisterParts& parts, shard::Slot slot);

}  // namespace portcullis::trunk
