// SPDX-License-Identifier: BSD-2-Clause
// classify(): may this source speak here, and which trunk is it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "policy/compiled_policy.hpp"
#include "policy/resolved_gateways.hpp"

namespace portcullis::policy {

// Facts of a request outside any dialog. Views are used during the call only.
struct ClassifyFacts {
    std::string_view interface{};  // the sip interface it came in on
    std::string_view realm{};      // that interface's realm
    Endpoint source{};
    TransportKind transport = TransportKind::Udp;
    std::string_view request_host{};  // host of the Request-URI, without port; may be empty
    std::string_view from_host{};     // host of From, without port; may be empty
    const ResolvedGateways* resolved = nullptr;  // of named gateways; nullptr: none is known
    // What the source's verified TLS certificate says it is: names in lower case, and the SHA-256
    // fingerprint in lower-case digits.
    std::span<const std::string> certificate{};
};

enum class FoundBy : std::uint8_t {
    None,
    Source,      // the one trunk with the longest match of the source address
    Port,        // several trunks match the address; this one has a gateway with the source's port
    Host,        // several match; this one's match.host is the Request-URI's or From's
    Certificate  // the source's TLS certificate is one of the trunk's
};

struct Classification {
    bool allowed = false;          // by the realm's access list; false: be silent
    const Trunk* trunk = nullptr;  // owned by the policy asked; nullptr: unknown source
    FoundBy found_by = FoundBy::None;
    config::UnknownSource unknown_source = config::UnknownSource::Drop;  // when there is no trunk
    std::string reason{};  // words for the call's story
};

// Pure. Never fails: an unknown realm is a denied source.
[[nodiscard]] Classification classify(const CompiledPolicy& policy, const ClassifyFacts& facts);

// Whether the access list of `realm` lets `source` speak at all: cheap enough to ask per message.
[[nodiscard]] bool source_allowed(const CompiledPolicy& policy, std::string_view realm,
                                  const IpAddress& source);

// Whether a request of `realm` that is too malformed for classify() may be answered: an unknown
// source that is met with silence is met so whatever it sends.
[[nodiscard]] bool answers_malformed(const CompiledPolicy& policy, std::string_view realm,
                                     const IpAddress& source,
                                     const ResolvedGateways* resolved = nullptr);

// Whether `source` belongs to `trunk`: in its match.sources or an address of a gateway. For
// in-dialog requests that come from another address than the call did.
// `certificate` as in ClassifyFacts: a trunk that is known by certificate has no addresses.
[[nodiscard]] bool belongs_to(const Trunk& trunk, const IpAddress& source,
                              const ResolvedGateways* resolved = nullptr,
                              std::span<const std::string> certificate = {});

}  // namespace portcullis::policy
