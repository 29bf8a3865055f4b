// SPDX-License-Identifier: BSD-2-Clause
#include "policy/engine.hpp"

#include "policy/compiled_tables.hpp"
#include "policy/gateway_order.hpp"
#include "policy/route_select.hpp"

namespace portcullis::policy {
namespace {

struct Numbers {
    std::string called;
    std::string calling;
};

void change(const NumberRule& rule, std::string_view which, std::string& number,
            std::vector<TraceLine>& trace) {
    std::string line(which);
    line += ": " + number;
    if (auto changed = apply_rule(rule, number)) {
        line += " -> " + *changed;
        number = std::move(*changed);
    } else {
        line += " stays: the rule does not apply";
    }
    trace.push_back({"number rule " + rule.name, std::move(line)});
}

Numbers change_numbers(const CompiledPolicy::Tables& tables, const Route& route,
                       const CallAttributes& call, std::vector<TraceLine>& trace) {
    Numbers numbers{call.called, call.calling};
    for (const std::uint32_t position : route.number_rules) {
        const NumberRule& rule = tables.number_rules[position];
        if (rule.changes_called()) change(rule, "called", numbers.called, trace);
        if (!rule.changes_calling()) continue;
        // An anonymous caller stays anonymous: there is no number to change.
        if (numbers.calling.empty()) {
            trace.push_back({"number rule " + rule.name, "calling: anonymous, stays"});
        } else {
            change(rule, "calling", numbers.calling, trace);
        }
    }
    return numbers;
}

Target make_target(const Trunk& trunk, const Gateway& gateway, const Numbers& numbers) {
    return {.trunk = trunk.name,
            .gateway = gateway.name,
            .endpoint = gateway.endpoint,
            .transport = gateway.transport,
            .location = gateway.location,
            .uri = gateway.uri,
            .realm = trunk.realm,
            .domain = trunk.domain,
            .called = numbers.called,
            .calling = numbers.calling,
            .media = trunk.media,
            .session = trunk.session,
            .attempt_timeout = trunk.attempt_timeout,
            .ring_timeout = trunk.ring_timeout,
            .failover_codes = trunk.failover_codes};
}

void add_targets(const CompiledPolicy& policy, const std::string& name, const Numbers& numbers,
                 std::uint64_t entropy, Decision& decision, std::vector<Target>& targets) {
    const Trunk* trunk = policy.find_trunk(name);
    const std::string rule = "trunk " + name;
    if (trunk == nullptr) {
        decision.trace.push_back({rule, "left out: it is disabled"});
        return;
    }
    if (trunk->gateways.empty()) {
        decision.trace.push_back({rule, "left out: it has no enabled gateway"});
        return;
    }
    for (const Gateway* gateway : gateway_order(*trunk, entropy)) {
        targets.push_back(make_target(*trunk, *gateway, numbers));
        decision.trace.push_back({rule, "target " + std::to_string(targets.size()) + ": gateway " +
                                            gateway->name + " at " + gateway->uri + ", priority " +
                                            std::to_string(gateway->priority)});
    }
}

Proceed make_proceed(const CompiledPolicy& policy, const CallAttributes& call, const Route& route) {
    const config::TimerConfig& timers = policy.timers();
    Proceed proceed{.route = route.name,
                    .numbers = route.plan,
                    .targets = {},
                    .ingress = {},
                    .setup_timeout = timers.setup_timeout,
                    .media_timeout = timers.media_timeout,
                    .max_call_duration = timers.max_call_duration};
    if (const Realm* realm = policy.find_realm(call.realm)) {
        proceed.ingress = realm->media;
        proceed.single_early_dialog = realm->single_early_dialog;
    }
    if (const Trunk* trunk = policy.find_trunk(call.trunk)) {
        proceed.ingress = trunk->media;
        proceed.session = trunk->session;
    }
    proceed.parallel = route.parallel;
    return proceed;
}

void reject(Decision& decision, std::uint16_t code, std::string reason) {
    decision.trace.push_back({"decision", "rejected with " + std::to_string(code)});
    decision.outcome = Reject{.code = code, .reason = std::move(reason)};
}

std::string host_of(const Target& target) {
    return normal_host(target.location.is_name() ? target.location.name
                                                 : target.endpoint.address.text());
}

bool is_ours(const CompiledPolicy& policy, std::string_view host) {
    const std::string wanted = normal_host(host);
    for (const auto& interface : policy.sip_interfaces()) {
        if (normal_host(interface.address.text()) == wanted) return true;
    }
    const auto& realms = policy.tables().realms;
    return std::any_of(realms.begin(), realms.end(), [&wanted](const RealmTable& table) {
        return !table.realm.domain.empty() && normal_host(table.realm.domain) == wanted;
    });
}

}  // namespace

Decision decide(const CompiledPolicy& policy, const CallAttributes& call) {
    Decision decision;
    const auto& tables = policy.tables();
    const Route* route = select_route(tables, call, decision.trace);
    if (route == nullptr) {
        reject(decision, 404, "No route to destination");
        return decision;
    }
    const Numbers numbers = change_numbers(tables, *route, call, decision.trace);
    if (numbers.called.empty()) {
        // RFC 3261 21.4.22: the address is incomplete; a Request-URI without user would go out.
        reject(decision, 484, "Address incomplete");
        return decision;
    }
    Proceed proceed = make_proceed(policy, call, *route);
    for (const std::string& name : route->trunks) {
        add_targets(policy, name, numbers, call.entropy, decision, proceed.targets);
    }
    if (proceed.targets.empty()) {
        reject(decision, 503, "No trunk available");
        return decision;
    }
    decision.outcome = std::move(proceed);
    return decision;
}

Decision decide_redirect(const CompiledPolicy& policy, const CallAttributes& call,
                         std::string_view host, std::optional<std::uint16_t> port,
                         std::string_view asking) {
    Decision decision = decide(policy, call);
    if (is_ours(policy, host)) return decision;
    const std::string wanted = normal_host(host);
    const auto elsewhere = [&wanted, port](const Target& target) {
        const std::uint16_t at =
            target.location.is_name() ? target.location.port.value_or(0) : target.endpoint.port;
        return host_of(target) != wanted || (port && at != 0 && *port != at);
    };
    if (const Trunk* back = policy.find_trunk(asking)) {
        Route route;
        route.name = "back to " + back->name;
        Proceed proceed = make_proceed(policy, call, route);
        for (const Gateway& gateway : back->gateways) {
            proceed.targets.push_back(make_target(*back, gateway, {call.called, call.calling}));
        }
        std::erase_if(proceed.targets, elsewhere);
        if (!proceed.targets.empty() && !call.called.empty()) {
            decision.trace.push_back({"redirect", "back to trunk " + back->name});
            decision.outcome = std::move(proceed);
            return decision;
        }
    }
    auto* const proceed = std::get_if<Proceed>(&decision.outcome);
    if (proceed == nullptr) return decision;
    std::erase_if(proceed->targets, elsewhere);
    if (!proceed->targets.empty()) return decision;
    decision.trace.push_back({"redirect", "no gateway of the route is at " + wanted});
    reject(decision, 403, "Forbidden");
    return decision;
}

}  // namespace portcullis::policy
