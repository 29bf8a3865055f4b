// SPDX-License-Identifier: BSD-2-Clause
#include "policy/route_select.hpp"

#include <algorithm>

namespace portcullis::policy {
namespace {

// Why `route` does not take the call; empty: it does.
std::string objection(const Route& route, const CallAttributes& call) {
    if (!route.realm.empty() && route.realm != call.realm) {
        return "not chosen: for calls from realm " + route.realm + ", not " + call.realm;
    }
    if (!route.trunk.empty() && route.trunk != call.trunk) {
        return "not chosen: for calls from trunk " + route.trunk + ", not " +
               (call.trunk.empty() ? "an unknown source" : call.trunk);
    }
    if (!matches(route.pattern, call.called)) {
        return "not chosen: the called number does not match the pattern";
    }
    if (!matches(route.calling_pattern, call.calling)) {
        return "not chosen: the calling number does not match the pattern";
    }
    return {};
}

std::string merits(const Route& route) {
    std::string out = "chosen: priority " + std::to_string(route.priority);
    if (!route.prefix.empty()) out += ", prefix " + route.prefix;
    if (route.pattern != nullptr) out += ", pattern matched";
    if (route.calling_pattern != nullptr) out += ", pattern of the calling number matched";
    return out;
}

}  // namespace

const Route* select_route(const CompiledPolicy::Tables& tables, const CallAttributes& call,
                          std::vector<TraceLine>& trace) {
    std::vector<std::uint32_t> candidates;
    tables.prefixes.collect(call.called, candidates);
    std::sort(candidates.begin(), candidates.end());
    std::size_t refused = 0;
    for (const std::uint32_t position : candidates) {
        const Route& route = tables.routes[position];
        std::string why = objection(route, call);
        if (why.empty()) {
            trace.push_back({"route " + route.name, merits(route)});
            return &route;
        }
        if (++refused <= kMaxRouteLines) trace.push_back({"route " + route.name, std::move(why)});
    }
    if (refused > kMaxRouteLines) {
        trace.push_back({"routes", std::to_string(refused - kMaxRouteLines) + " more not chosen"});
    }
    trace.push_back({"routes", "none of " + std::to_string(tables.routes.size()) +
                                   " takes the call; " + std::to_string(candidates.size()) +
                                   " have a prefix of the called number"});
    return nullptr;
}

}  // namespace portcullis::policy
