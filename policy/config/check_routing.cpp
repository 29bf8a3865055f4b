// SPDX-License-Identifier: BSD-2-Clause
// Routes, number rules, access lists and settings (checker.hpp).
#include <re2/re2.h>

#include <algorithm>
#include <tuple>

#include "policy/config/checker.hpp"
#include "policy/config/pattern.hpp"

namespace portcullis::config {
namespace {

bool takes_calls(const TrunkConfig& trunk) {
    return trunk.enabled && std::any_of(trunk.gateways.begin(), trunk.gateways.end(),
                                        [](const GatewayConfig& g) { return g.enabled; });
}

void check_route_trunks(Checker& checker, std::size_t i, const RouteConfig& route) {
    if (!route.enabled || route.trunks.empty()) return;
    for (const std::string& name : route.trunks) {
        const TrunkConfig* trunk = checker.trunk(name);
        // A dangling name is reported as such.
        if (trunk == nullptr || takes_calls(*trunk)) return;
        const auto index = static_cast<std::size_t>(trunk - checker.document().trunks.data());
        if (checker.known(at("trunks", index))) return;
    }
    checker.report(at("routes", i, "trunks"), "route-without-usable-trunk",
                   "none of its trunks is enabled and has an enabled gateway",
                   "enable a trunk, or disable the route");
}

void check_route_match(Checker& checker, std::size_t i, const RouteConfig& route) {
    if (route.match.realm.empty() || route.match.trunk.empty()) return;
    const TrunkConfig* trunk = checker.trunk(route.match.trunk);
    if (trunk == nullptr || trunk->realm == route.match.realm) return;
    checker.report(
        at("routes", i, "match/realm"), "contradiction",
        "trunk \"" + trunk->name + "\" is in realm \"" + trunk->realm + "\": no call matches both",
        "leave match.realm out");
}

}  // namespace

void check_routes(Checker& checker) {
    using Key = std::tuple<std::uint32_t, std::string_view, std::string_view, std::string_view,
                           std::string_view, std::string_view>;
    std::map<Key, std::size_t> seen;
    const auto& routes = checker.document().routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const RouteConfig& route = routes[i];
        check_route_trunks(checker, i, route);
        check_route_match(checker, i, route);
        if (!route.enabled || checker.known(at("routes", i))) continue;
        const auto& match = route.match;
        const auto [first, fresh] =
            seen.emplace(Key(route.priority, match.realm, match.trunk, match.called_prefix,
                             match.called_pattern, match.calling_pattern),
                         i);
        if (fresh) continue;
        checker.report(at("routes", i, "match"), "unreachable-route",
                       "route \"" + routes[first->second].name +
                           "\" has the same priority and conditions and stands before it",
                       "change its match or priority, or add its trunks to the other route");
    }
}

void check_number_rules(Checker& checker) {
    const auto& rules = checker.document().number_rules;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const NumberRuleConfig& rule = rules[i];
        if (rule.replace.empty()) {
            if (rule.strip != 0 || !rule.prepend.empty()) continue;
            if (checker.known(at("number_rules", i))) continue;
            checker.report(at("number_rules", i), "no-effect", "the rule changes nothing",
                           "set strip, prepend or replace");
            continue;
        }
        if (rule.strip != 0 || !rule.prepend.empty()) {
            checker.report(at("number_rules", i, "replace"), "contradiction",
                           "a rule either replaces, or strips and prepends",
                           "make two rules of it");
        }
        if (rule.pattern.empty()) {
            checker.report(at("number_rules", i, "replace"), "missing-pattern",
                           "there is no pattern whose groups it could use",
                           "set pattern; \"(.*)\" matches every number");
            continue;
        }
        const auto pattern = compile_pattern(rule.pattern);
        if (!pattern) continue;
        if (const auto error = check_rewrite(**pattern, rule.replace)) {
            checker.report(at("number_rules", i, "replace"), "bad-rewrite",
                           "the rewrite does not fit the pattern: " + *error,
                           "the pattern has " +
                               std::to_string((*pattern)->NumberOfCapturingGroups()) +
                               " groups, \\1 is the first");
        }
    }
}

void check_access_lists(Checker& checker) {
    std::map<std::string_view, std::size_t> realms;
    const auto& lists = checker.document().access_lists;
    for (std::size_t i = 0; i < lists.size(); ++i) {
        const AccessListConfig& list = lists[i];
        std::map<Cidr, std::size_t> sources;
        for (std::size_t r = 0; r < list.rules.size(); ++r) {
            if (checker.known(at("access_lists", i, "rules", r))) continue;
            const auto [first, fresh] = sources.emplace(list.rules[r].source, r);
            if (fresh) continue;
            checker.report(at("access_lists", i, "rules", r, "source"), "duplicate-source",
                           list.rules[r].source.text() + " stands in rule " +
                               std::to_string(first->second) + " already",
                           "keep one of them");
        }
        if (!list.enabled || checker.realm(list.realm) == nullptr) continue;
        const auto [first, fresh] = realms.emplace(list.realm, i);
        if (fresh) continue;
        checker.report(at("access_lists", i, "realm"), "duplicate-access-list",
                       "realm \"" + list.realm + "\" is guarded by access list \"" +
                           lists[first->second].name + "\"",
                       "put the rules into one list, or disable one of them");
    }
}

void check_settings(Checker& checker) {
    const TimerConfig& timers = checker.document().timers;
    if (timers.t2 < timers.t1 && !checker.known("/timers/t1_ms")) {
        checker.report("/timers/t2_ms", "timer-order", "T2 is below T1",
                       "retransmissions start at T1 and slow down to T2 (RFC 3261 17.1.2.1)");
    }
    if (timers.attempt_timeout > timers.ring_timeout && !checker.known("/timers/ring_timeout_s")) {
        checker.report("/timers/attempt_timeout_s", "timer-order",
                       "it is longer than ring_timeout_s", "shorten it");
    }
    if (timers.ring_timeout > timers.setup_timeout && !checker.known("/timers/setup_timeout_s")) {
        checker.report("/timers/ring_timeout_s", "timer-order", "it is longer than setup_timeout_s",
                       "shorten it, or lengthen setup_timeout_s");
    }
    const RelayConfig& relay = checker.document().relay;
    if (!relay.cores.empty() && relay.cores.size() != relay.workers &&
        !checker.known("/relay/workers")) {
        checker.report("/relay/cores", "cores-workers-mismatch",
                       std::to_string(relay.cores.size()) + " cores are listed for " +
                           std::to_string(relay.workers) + " workers",
                       "list one core per worker, or none");
    }
}

}  // namespace portcullis::config
