// SPDX-License-Identifier: BSD-2-Clause
// CompiledPolicy: the immutable tables that classify(), decide() and the egress look-ups read.
//
// Made by compile(), held as shared_ptr<const CompiledPolicy>, read from any thread. References and
// pointers it hands out live as long as it does.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/cidr.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"
#include "policy/config/document.hpp"
#include "policy/decision.hpp"
#include "policy/identity_rules.hpp"

namespace portcullis::policy {

struct Gateway {
    std::string name{};  // as configured, else the URI's text
    Endpoint endpoint{};
    TransportKind transport = TransportKind::Udp;
    std::string uri{};
    config::GatewayUri location{};  // what was configured; `endpoint` is unspecified for a name
    std::uint16_t priority = 1;
    std::uint16_t weight = 1;
};

// An enabled trunk of an enabled realm, with the realm's settings applied where it has none.
struct Trunk {
    std::string name{};
    std::string realm{};
    std::string domain{};  // of the realm
    std::string host{};    // match.host, normalised
    std::vector<Cidr> sources{};
    // Names and fingerprints of its client certificates, normalised and sorted; with any, requests
    // are of this trunk by certificate only.
    std::vector<std::string> certificates{};
    std::vector<Gateway> gateways{};  // the enabled ones, by priority
    config::CapacityConfig capacity{};
    MediaTerms media{};
    config::SessionConfig session{};
    std::chrono::seconds attempt_timeout{};
    std::chrono::seconds ring_timeout{};
    std::vector<std::uint16_t> failover_codes{};  // sorted
    IdentityRules identity{};
    config::TrunkHealthConfig health{};
    config::TrunkRegistrationConfig registration{};
    config::TrunkAuthenticationConfig authentication{};
    config::ChallengeConfig challenge{};  // realm filled in; algorithms strongest first
};

struct Realm {
    std::string name{};
    std::string domain{};
    bool trusted = false;
    MediaTerms media{};
    config::UnknownSource unknown_source = config::UnknownSource::Drop;
    bool single_early_dialog = false;
    IdentityRules identity{};  // of its sources that are no trunk
};

class CompiledPolicy {
 public:
    struct Tables;  // compiled_tables.hpp: what compile() fills and the engine walks

    explicit CompiledPolicy(std::unique_ptr<const Tables> tables);
    ~CompiledPolicy();
    CompiledPolicy(const CompiledPolicy&) = delete;
    CompiledPolicy& operator=(const CompiledPolicy&) = delete;

    // By name; nullptr if there is none or it is disabled.
    [[nodiscard]] const Trunk* find_trunk(std::string_view name) const;
    [[nodiscard]] const Realm* find_realm(std::string_view name) const;
    [[nodiscard]] const config::SipInterfaceConfig* find_sip_interface(std::string_view name) const;
    [[nodiscard]] const config::MediaPoolConfig* find_media_pool(std::string_view name) const;

    // The trunk's rules, else the realm's, else the defaults of an untrusted side; never nullptr,
    // and valid as long as this object.
    [[nodiscard]] const IdentityRules* identity_rules(std::string_view realm,
                                                      std::string_view trunk) const;

    // The enabled interfaces: what signaling listens on.
    [[nodiscard]] std::span<const config::SipInterfaceConfig> sip_interfaces() const;
    [[nodiscard]] std::span<const Trunk> trunks() const;

    // The first interface of `realm`, in document order, that can send to `family` by `transport`.
    [[nodiscard]] const config::SipInterfaceConfig* egress_interface(std::string_view realm,
                                                                     IpFamily family,
                                                                     TransportKind transport) const;

    // A media pool of `realm` and `family`; among several, by `entropy` in proportion to their
    // ports. nullptr: the realm has none of that family.
    [[nodiscard]] const config::MediaPoolConfig* choose_pool(std::string_view realm,
                                                             IpFamily family,
                                                             std::uint64_t entropy) const;
    // All of them, in document order: to try the next when one is exhausted.
    [[nodiscard]] std::span<const config::MediaPoolConfig> media_pools(std::string_view realm,
                                                                       IpFamily family) const;

    [[nodiscard]] const config::TimerConfig& timers() const;
    [[nodiscard]] const config::DnsConfig& dns() const;
    [[nodiscard]] const Tables& tables() const { return *tables_; }

 private:
    std::unique_ptr<const Tables> tables_;
};

}  // namespace portcullis::policy
