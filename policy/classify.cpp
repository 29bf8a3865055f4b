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

// Those with a gateway at exactly the source, if there are any.
Candidates by_port(const Candidates& trunks, const Endpoint& source) {
    Candidates out;
    std::copy_if(trunks.begin(), trunks.end(), std::back_inserter(out), [&](const Trunk* trunk) {
        return std::any_of(trunk->gateways.begin(), trunk->gateways.end(),
                           [&](const Gateway& gateway) { return gateway.endpoint == source; });
    });
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

void settle(Classification& out, const Trunk* trunk, FoundBy found_by, std::string reason) {
    out.trunk = trunk;
    out.found_by = found_by;
    out.reason = "trunk " + trunk->name + " by " + std::move(reason);
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
    const auto* positions = table.sources.find(facts.source.address);
    if (positions == nullptr) {
        out.reason = "no trunk of realm " + table.realm.name + " has source " + source;
        return;
    }
    Candidates trunks;
    for (const std::uint32_t position : *positions) trunks.push_back(&tables.trunks[position]);
    if (trunks.size() == 1) {
        return settle(out, trunks.front(), FoundBy::Source, "source " + source);
    }
    const Candidates with_port = by_port(trunks, facts.source);
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
                       const IpAddress& source) {
    const RealmTable* table = policy.tables().realm(realm);
    return table != nullptr && access_allows(*table, source) &&
           (table->realm.unknown_source == config::UnknownSource::Reject ||
            table->sources.find(source) != nullptr);
}

bool belongs_to(const Trunk& trunk, const IpAddress& source,
                std::span<const std::string> certificate) {
    if (!trunk.certificates.empty()) {
        return std::any_of(certificate.begin(), certificate.end(), [&](const auto& identity) {
            return std::binary_search(trunk.certificates.begin(), trunk.certificates.end(),
                                      identity);
        });
    }
    return std::any_of(trunk.sources.begin(), trunk.sources.end(),
                       [&](const Cidr& prefix) { return prefix.contains(source); }) ||
           std::any_of(trunk.gateways.begin(), trunk.gateways.end(),
                       [&](const Gateway& gateway) { return gateway.endpoint.address == source; });
}

}  // namespace portcullis::policy
