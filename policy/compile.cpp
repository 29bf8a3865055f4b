// SPDX-License-Identifier: BSD-2-Clause
#include "policy/compile.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "common/base/text.hpp"
#include "policy/compiled_tables.hpp"

namespace portcullis::policy {
namespace {

using Tables = CompiledPolicy::Tables;

class Compiler {
 public:
    explicit Compiler(const config::Document& document) : document_(document) {}

    std::unique_ptr<const Tables> run() {
        tables_->timers = document_.timers;
        tables_->dns = document_.dns;
        for (const auto& realm : document_.realms) add_realm(realm);
        for (const auto& interface : document_.sip_interfaces) add_interface(interface);
        for (const auto& pool : document_.media_pools) add_pool(pool);
        for (const auto& list : document_.access_lists) add_access_list(list);
        for (const auto& trunk : document_.trunks) add_trunk(trunk);
        for (std::size_t i = 0; i < document_.number_rules.size(); ++i) add_number_rule(i);
        add_routes();
        return std::move(tables_);
    }

    [[nodiscard]] config::Problems take_problems() { return std::move(problems_); }

 private:
    // nullptr: unknown or disabled; what belongs to it is left out.
    RealmTable* realm(std::string_view name) {
        const auto at = tables_->realm_names.find(name);
        return at == tables_->realm_names.end() ? nullptr : &tables_->realms[at->second];
    }

    void add_realm(const config::RealmConfig& from) {
        if (!from.enabled) return;
        tables_->realm_names.emplace(from.name, static_cast<std::uint32_t>(tables_->realms.size()));
        tables_->realms.emplace_back().realm = {
            .name = from.name,
            .domain = from.domain,
            .trusted = from.trust == config::Trust::Trusted,
            .media = {from.latching, from.behind_nat},
            .unknown_source = config::effective_unknown_source(from),
            .single_early_dialog = from.single_early_dialog,
            .identity = make_identity_rules(from.trust, from.identity)};
        realm_configs_.emplace(from.name, &from);
    }

    void add_interface(const config::SipInterfaceConfig& from) {
        RealmTable* table = realm(from.realm);
        if (!from.enabled || table == nullptr) return;
        table->interfaces.push_back(static_cast<std::uint32_t>(tables_->interfaces.size()));
        tables_->interfaces.push_back(from);
    }

    void add_pool(const config::MediaPoolConfig& from) {
        RealmTable* table = realm(from.realm);
        const auto* interface = config::find_named(document_.media_interfaces, from.interface);
        if (!from.enabled || table == nullptr || interface == nullptr || !interface->enabled)
            return;
        table->media_pools[static_cast<std::size_t>(from.address.family())].push_back(from);
    }

    void add_access_list(const config::AccessListConfig& from) {
        RealmTable* table = realm(from.realm);
        if (!from.enabled || table == nullptr) return;
        table->default_access = from.default_action;
        for (const auto& rule : from.rules) table->access.at(rule.source) = rule.action;
    }

    void add_trunk(const config::TrunkConfig& from) {
        RealmTable* table = realm(from.realm);
        if (!from.enabled || table == nullptr) return;
        const auto position = static_cast<std::uint32_t>(tables_->trunks.size());
        tables_->trunk_names.emplace(from.name, position);
        Trunk& trunk = tables_->trunks.emplace_back();
        trunk.name = from.name;
        trunk.realm = from.realm;
        trunk.domain = table->realm.domain;
        trunk.host = normal_host(from.match.host);
        trunk.sources = from.match.sources;
        trunk.capacity = from.capacity;
        trunk.health = from.health;
        trunk.registration = from.registration;
        trunk.authentication = from.authentication;
        trunk.challenge = compile_challenge(from.challenge, table->realm);
        trunk.media = {from.latching.value_or(table->realm.media.latching),
                       from.behind_nat.value_or(table->realm.media.behind_nat)};
        trunk.session = from.session;
        trunk.attempt_timeout =
            from.timers.attempt_timeout.value_or(document_.timers.attempt_timeout);
        trunk.ring_timeout = from.timers.ring_timeout.value_or(document_.timers.ring_timeout);
        trunk.failover_codes = from.failover_codes;
        std::sort(trunk.failover_codes.begin(), trunk.failover_codes.end());
        const auto& side = *realm_configs_.find(from.realm)->second;
        trunk.identity = make_identity_rules(side.trust, side.identity, from.identity);
        add_gateways(from, trunk);
        add_certificates(from.match, trunk);
        add_sources(trunk, position, *table);
    }

    // RFC 8760 section 2.4: the client takes the first that it knows.
    static config::ChallengeConfig compile_challenge(config::ChallengeConfig challenge,
                                                     const Realm& realm) {
        if (challenge.auth_realm.empty()) {
            challenge.auth_realm = realm.domain.empty() ? realm.name : realm.domain;
        }
        auto& algorithms = challenge.algorithms;
        std::ranges::sort(algorithms, std::greater<>());
        const auto repeated = std::ranges::unique(algorithms);
        algorithms.erase(repeated.begin(), repeated.end());
        return challenge;
    }

    static void add_gateways(const config::TrunkConfig& from, Trunk& trunk) {
        for (const auto& gateway : from.gateways) {
            if (!gateway.enabled) continue;
            const std::string uri = gateway.uri.text();
            const auto after = std::upper_bound(
                trunk.gateways.begin(), trunk.gateways.end(), gateway.priority,
                [](std::uint16_t priority, const Gateway& g) { return priority < g.priority; });
            trunk.gateways.insert(after, {.name = gateway.name.empty() ? uri : gateway.name,
                                          .endpoint = gateway.uri.endpoint,
                                          .transport = gateway.uri.transport,
                                          .uri = uri,
                                          .location = gateway.uri,
                                          .priority = gateway.priority,
                                          .weight = gateway.weight});
        }
    }

    static void add_certificates(const config::TrunkMatchConfig& match, Trunk& trunk) {
        for (const auto& name : match.tls_names) trunk.certificates.push_back(normal_host(name));
        for (const auto& fingerprint : match.tls_fingerprints) {
            trunk.certificates.push_back(config::normal_fingerprint(fingerprint));
        }
        std::sort(trunk.certificates.begin(), trunk.certificates.end());
    }

    static void add_sources(const Trunk& trunk, std::uint32_t position, RealmTable& table) {
        for (const auto& identity : trunk.certificates) {
            auto& trunks = table.certificates[identity];
            if (trunks.empty() || trunks.back() != position) trunks.push_back(position);
        }
        if (!trunk.certificates.empty()) return;
        const auto claim = [&](const Cidr& prefix) {
            auto& trunks = table.sources.at(prefix);
            if (trunks.empty() || trunks.back() != position) trunks.push_back(position);
        };
        for (const Cidr& source : trunk.sources) claim(source);
        for (const Gateway& gateway : trunk.gateways) {
            if (gateway.location.is_name()) continue;  // ResolvedGateways knows where it is
            const auto& address = gateway.endpoint.address;
            claim({address, static_cast<std::uint8_t>(address.bytes().size() * 8)});
        }
    }

    config::Pattern compile_pattern(const std::string& text, std::string pointer) {
        if (text.empty()) return nullptr;
        auto pattern = config::compile_pattern(text);
        if (pattern) return std::move(*pattern);
        problems_.push_back({std::move(pointer), "bad-pattern",
                             "the pattern does not compile: " + pattern.error(), "use RE2 syntax"});
        return nullptr;
    }

    void add_number_rule(std::size_t i) {
        const auto& from = document_.number_rules[i];
        const std::string pointer = "/number_rules/" + std::to_string(i);
        if (!from.enabled) return;
        NumberRule rule{.name = from.name,
                        .target = from.target,
                        .pattern = compile_pattern(from.pattern, pointer + "/pattern"),
                        .strip = from.strip,
                        .prepend = from.prepend,
                        .replace = from.replace};
        if (!rule.replace.empty()) {
            const auto error = rule.pattern == nullptr
                                   ? std::optional<std::string>("there is no pattern")
                                   : config::check_rewrite(*rule.pattern, rule.replace);
            if (error) {
                problems_.push_back({pointer + "/replace", "bad-rewrite",
                                     "the rewrite does not fit the pattern: " + *error,
                                     "use groups of the pattern, \\1 to \\9"});
                return;
            }
        }
        number_rules_.emplace(from.name, static_cast<std::uint32_t>(tables_->number_rules.size()));
        tables_->number_rules.push_back(std::move(rule));
    }

    void add_routes() {
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < document_.routes.size(); ++i) {
            if (document_.routes[i].enabled) order.push_back(i);
        }
        // The position comes last: document order decides between equals.
        const auto rank = [this](std::size_t i) {
            const auto& route = document_.routes[i];
            const auto length = static_cast<std::ptrdiff_t>(route.match.called_prefix.size());
            return std::tuple(route.priority, -length, i);
        };
        std::sort(order.begin(), order.end(),
                  [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
        tables_->routes.reserve(order.size());
        for (const std::size_t i : order) add_route(i);
    }

    void add_route(std::size_t i) {
        const auto& from = document_.routes[i];
        const std::string match = "/routes/" + std::to_string(i) + "/match/";
        tables_->prefixes.insert(from.match.called_prefix,
                                 static_cast<std::uint32_t>(tables_->routes.size()));
        Route& route = tables_->routes.emplace_back();
        route.name = from.name;
        route.priority = from.priority;
        route.realm = from.match.realm;
        route.trunk = from.match.trunk;
        route.prefix = from.match.called_prefix;
        route.pattern = compile_pattern(from.match.called_pattern, match + "called_pattern");
        route.calling_pattern =
            compile_pattern(from.match.calling_pattern, match + "calling_pattern");
        route.trunks = from.trunks;
        route.parallel = from.parallel;
        for (const auto& name : from.number_rules) {
            const auto at = number_rules_.find(name);
            if (at != number_rules_.end()) route.number_rules.push_back(at->second);
        }
        route.plan = plan(route.number_rules);
    }

    // One for all routes with the same rules; nullptr for none.
    std::shared_ptr<const NumberPlan> plan(const std::vector<std::uint32_t>& positions) {
        if (positions.empty()) return nullptr;
        auto& made = plans_[positions];
        if (made != nullptr) return made;
        auto fresh = std::make_shared<NumberPlan>();
        for (const auto position : positions) {
            fresh->rules.push_back(tables_->number_rules[position]);
        }
        return made = std::move(fresh);
    }

    const config::Document& document_;
    std::unique_ptr<Tables> tables_ = std::make_unique<Tables>();
    NameTable number_rules_;  // the enabled ones
    std::map<std::vector<std::uint32_t>, std::shared_ptr<const NumberPlan>> plans_;
    std::map<std::string_view, const config::RealmConfig*> realm_configs_;  // the enabled ones
    config::Problems problems_;
};

}  // namespace

std::string normal_host(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    // All spellings of an address are one host (RFC 3261 section 19.1.4).
    if (const auto address = IpAddress::parse(host)) return address->text();
    return text::to_lower(host);
}

std::expected<std::shared_ptr<const CompiledPolicy>, config::Problems> compile(
    const config::Document& document) {
    Compiler compiler(document);
    auto tables = compiler.run();
    config::Problems problems = compiler.take_problems();
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return std::make_shared<const CompiledPolicy>(std::move(tables));
}

}  // namespace portcullis::policy
