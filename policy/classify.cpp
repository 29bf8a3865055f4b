// SPDX-License-Identifier: BSD-2-Clause
#include "policy/classify.hpp"

#include <algorithm>
#include <vector>

#include "policy/compiled_tables.hpp"

namespace portcullis::policy {
namespace {

using Candidates = std::vector<const Trunk*>;

bool access_allows(const RealmTable& table, const IpAddress& source) {
    const auto* action = table.access.find(source);
    return (action == nullptr ? table.default_access : *action) == config::AccessAction::Allow;
}

std::string names(const Candidates& trunks) {
    std::string out;
    for (const Trunk* trunk : trunks) {
        if (!out.empty()) out += ", ";
        out += trunk->name;
    }
    return out;
}

// What was found of `trunk` at `address`, or nullptr.
const ResolvedGateways::Claim* resolved_at(const ResolvedGateways* resolved,
                                           const IpAddress& address, const Trunk& trunk) {
    if (resolved == nullptr) return nullptr;
    const auto claims = resolved->at(address);
    const auto found = std::find_if(claims.begin(), claims.end(),
                                    [&](const auto& claim) { return claim.trunk == trunk.name; });
    // An answer of the time before a change: the trunk no longer has a gateway by name.
    const bool named =
        std::any_of(trunk.gateways.begin(), trunk.gateways.end(),
                    [](const Gateway& gateway) { return gateway.location.is_name(); });
    return found == claims.end() || !named ? nullptr : &*found;
}

// Those with a gateway at exactly the source, if there are any.
Candidates by_port(const Candidates& trunks, const ClassifyFacts& facts) {
    const Endpoint& source = facts.source;
    const auto is_at_source = [&](const Trunk* trunk) {
        const auto* claim = resolved_at(facts.resolved, source.address, *trunk);
        return (claim != nullptr &&
                std::binary_search(claim->ports.begin(), claim->ports.end(), source.port)) ||
               std::any_of(trunk->gateways.begin(), trunk->gateways.end(),
                           [&](const Gateway& gateway) { return gateway.endpoint == source; });
    };
    Candidates out;
    std::copy_if(trunks.begin(), trunks.end(), std::back_inserter(out), is_at_source);
    return out;
}

// The trunks of the longest prefix that holds the source. A gateway that was found there is a
// prefix of one address: the longest there is.
Candidates by_source(const CompiledPolicy::Tables& tables, const RealmTable& table,
                     const ClassifyFacts& facts) {
    const IpAddress& source = facts.source.address;
    Candidates out;
    if (facts.resolved != nullptr) {
        for (const auto& claim : facts.resolved->at(source)) {
            const auto at = tables.trunk_names.find(claim.trunk);
            if (at == tables.trunk_names.end()) continue;
            const Trunk& trunk = tables.trunks[at->second];
            if (trunk.realm == table.realm.name && resolved_at(facts.resolved, source, trunk)) {
                out.push_back(&trunk);
            }
        }
    }
    const auto* positions =
        out.empty() ? table.sources.find(source) : table.sources.find_host(source);
    if (positions == nullptr) return out;
    for (const std::uint32_t position : *positions) {
        const Trunk* trunk = &tables.trunks[position];
        if (std::find(out.begin(), out.end(), trunk) == out.end()) out.push_back(trunk);
    }
    return out;
}

// Those whose host is the Request-URI's or From's; without any, those that ask for no host.
Candidates by_host(const Candidates& trunks, const ClassifyFacts& facts) {
    const std::string request_host = normal_host(facts.request_host);
    const std::string from_host = normal_host(facts.from_host);
    Candidates named;
    Candidates any;
    for (const Trunk* trunk : trunks) {
        if (trunk->host.empty()) {
            any.push_back(trunk);
        } else if (trunk->host == request_host || trunk->host == from_host) {
            named.push_back(trunk);
        }
    }
    return named.empty() ? any : named;
}

void settle(Classification& out, const Trunk* trunk, FoundBy found_by, std::string_view reason) {
    out.trunk = trunk;
    out.found_by = found_by;
    out.reason = text::concat({"trunk ", trunk->name, " by ", reason});
}

// Trunks known by this certificate, in document order.
Candidates by_certificate(const CompiledPolicy::Tables& tables, const RealmTable& table,
                          std::span<const std::string> certificate) {
    std::vector<std::uint32_t> positions;
    for (const std::string& identity : certificate) {
        const auto found = table.certificates.find(identity);
        if (found == table.certificates.end()) continue;
        positions.insert(positions.end(), found->second.begin(), found->second.end());
    }
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    Candidates out;
    for (const std::uint32_t position : positions) out.push_back(&tables.trunks[position]);
    return out;
}

// False: no trunk is known by it, so the source is asked.
bool find_by_certificate(const CompiledPolicy::Tables& tables, const RealmTable& table,
                         const ClassifyFacts& facts, Classification& out) {
    const Candidates trunks = by_certificate(tables, table, facts.certificate);
    if (trunks.empty()) return false;
    const Candidates with_host = trunks.size() == 1 ? trunks : by_host(trunks, facts);
    if (with_host.size() == 1) {
        settle(out, with_host.front(), FoundBy::Certificate,
               "TLS certificate " + facts.certificate.front());
    } else {
        out.reason = "TLS certificate " + facts.certificate.front() + " could be of trunks " +
                     names(trunks) + "; no host tells which";
    }
    return true;
}

void find_trunk(const CompiledPolicy::Tables& tables, const RealmTable& table,
                const ClassifyFacts& facts, Classification& out) {
    if (find_by_certificate(tables, table, facts, out)) return;
    const std::string source = facts.source.text();
    Candidates trunks = by_source(tables, table, facts);
    if (trunks.empty()) {
        out.reason = "no trunk of realm " + table.realm.name + " has source " + source;
        return;
    }
    if (trunks.size() == 1) {
        return settle(out, trunks.front(), FoundBy::Source, "source " + source);
    }
    const Candidates with_port = by_port(trunks, facts);
    if (with_port.size() == 1) {
        return settle(out, with_port.front(), FoundBy::Port, "source address and port " + source);
    }
    if (!with_port.empty()) trunks = with_port;
    const Candidates with_host = by_host(trunks, facts);
    if (with_host.size() == 1) {
        return settle(
            out, with_host.front(), FoundBy::Host,
            "source " + source + " and host " +
                (with_host.front()->host.empty() ? "(any other)" : with_host.front()->host));
    }
    out.reason = "source " + source + " could be of trunks " + names(trunks) +
                 "; neither port nor host tells which";
}

}  // namespace

Classification classify(const CompiledPolicy& policy, const ClassifyFacts& facts) {
    Classification out;
    const auto& tables = policy.tables();
    const RealmTable* table = tables.realm(facts.realm);
    if (table == nullptr) {
        out.reason = "realm " + std::string(facts.realm) + " is not configured or disabled";
        return out;
    }
    out.unknown_source = table->realm.unknown_source;
    if (!access_allows(*table, facts.source.address)) {
        out.reason = "source " + facts.source.address.text() + " is denied by the access list of " +
                     table->realm.name;
        return out;
    }
    out.allowed = true;
    find_trunk(tables, *table, facts, out);
    return out;
}

bool source_allowed(const CompiledPolicy& policy, std::string_view realm, const IpAddress& source) {
    const RealmTable* table = policy.tables().realm(realm);
    return table != nullptr && access_allows(*table, source);
}

bool answers_malformed(const CompiledPolicy& policy, std::string_view realm,
                       const IpAddress& source, const ResolvedGateways* resolved) {
    const RealmTable* table = policy.tables().realm(realm);
    if (table == nullptr || !access_allows(*table, source)) return false;
    return table->realm.unknown_source == config::UnknownSource::Reject ||
           !by_source(policy.tables(), *table,
                      {.realm = realm, .source = {source, 0}, .resolved = resolved})
                .empty();
}

bool belongs_to(const Trunk& trunk, const IpAddress& source, const ResolvedGateways* resolved,
                std::span<const std::string> certificate) {
    if (!trunk.certificates.empty()) {
        return std::any_of(certificate.begin(), certificate.end(), [&](const auto& identity) {
            return std::binary_search(trunk.certificates.begin(), trunk.certificates.end(),
                                      identity);
        });
    }
    return resolved_at(resolved, source, trunk) != nullptr ||
           std::any_of(trunk.sources.begin(), trunk.sources.end(),
                       [&](const Cidr& prefix) { return prefix.contains(source); }) ||
           std::any_of(trunk.gateways.begin(), trunk.gateways.end(), [&](const Gateway& gateway) {
               return !gateway.location.is_name() && gateway.endpoint.address == source;
           });
}

}  // namespace portcullis::policy
