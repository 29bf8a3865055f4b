// SPDX-License-Identifier: BSD-2-Clause
// The targets of a passage: located where they have names, tried in turn, and what is seen of them.
#include "signaling/b2bua/call_manager.hpp"
#include "signaling/b2bua/carried_headers.hpp"
#include "signaling/b2bua/leg_factory.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/b2bua/passages.hpp"
#include "signaling/trunk/target_choice.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::chrono::seconds kUnanswered{40};  // longer than Timer F, which comes first

}  // namespace

void Passages::next_target(Passage& passage) {
    while (!passage.targets.empty()) {
        passage.target = std::move(passage.targets.front());
        passage.targets.erase(passage.targets.begin());
        if (passage.target.location.is_name() && passage.target.endpoint.address.is_unspecified()) {
            const auto id = passage.id;
            calls_.locate(passage.target.location, [this, id](const Result<locate::Answer>& found) {
                auto* const waiting = find(id);
                if (waiting == nullptr) return;
                if (found) add_servers(*waiting, *found);
                next_target(*waiting);
            });
            return;
        }
        if (!prepare(passage)) continue;
        send(passage);
        return;
    }
    refuse(passage, 503);
}

// Each server that was found is a target of its own (RFC 3263 section 4.3); those known to be down
// are left out unless all are.
void Passages::add_servers(Passage& passage, const locate::Answer& found) {
    std::vector<policy::Target> servers;
    for (const auto& server : found.servers) {
        servers.push_back(passage.target);
        servers.back().endpoint = server.remote;
        servers.back().transport = server.transport;
    }
    const auto choice = trunk::choose_targets(calls_.trunk_states(), servers, calls_.clock().now());
    std::vector<policy::Target> usable;
    for (const auto i : choice.chosen) usable.push_back(servers[i]);
    if (usable.empty()) usable = std::move(servers);
    passage.targets.insert(passage.targets.begin(), usable.begin(), usable.end());
}

// What this request saw of its gateway, for the routes of calls as well.
void Passages::report(const Passage& passage, trunk::Sighting sighting,
                      std::optional<std::chrono::seconds> retry_after) {
    calls_.report({.trunk = passage.target.trunk,
                   .gateway = passage.target.gateway,
                   .remote = passage.target.endpoint,
                   .sighting = sighting,
                   .retry_after = retry_after});
}

bool Passages::prepare(Passage& passage) {
    const auto leg = calls_.make_leg(passage.target);
    if (!leg) return false;
    passage.b = *leg;
    passage.b.call_id = shard::make_call_id(calls_.slot());
    passage.from_tag = shard::make_tag(calls_.slot());
    passage.attempts = 0;
    passage.challenges = {};
    return true;
}

void Passages::send(Passage& passage) {
    const auto& request = *passage.setup.request;
    by_dialog_[passage_key(passage.b.call_id, passage.from_tag)] = passage.id;
    InviteParts parts{
        .address = passage.b.address,
        .target = passage.target,
        .from = headers::make_from(request, pass_context(*calls_.config(), passage.a, passage.b),
                                   passage.target.calling),
        .call_id = passage.b.call_id,
        .from_tag = passage.from_tag,
        .max_forwards = next_max_forwards(request),
        .cseq = ++passage.attempts,
        .allow = allow_value(passage.b.session),
        .headers = carried(passage, request, Side::A)};
    parts.method = request.method_text();
    parts.contact = makes_dialog(request.method()) || request.method() == sip::Method::Notify;
    parts.body = {std::string(request.header(sip::HeaderId::ContentType).value_or("")),
                  std::string(request.body())};
    auto* const known = calls_.credentials(passage.target.trunk);
    if (passage.credentials.empty() && known != nullptr) {
        passage.credentials =
            known->ahead({request.method_text(), request_uri(passage.target), parts.body.text});
    }
    append(parts.headers, std::exchange(passage.credentials, {}));
    append(parts.headers, carried_credentials(passage.target.trunk, request));
    passage.sent = make_invite(parts, calls_.slot());
    passage.uac = transactions_->send_request(passage.sent, passage.b.destination);
    if (!passage.uac) {
        refuse(passage, 503);
        return;
    }
    by_client_[passage.uac] = passage.id;
    live_for(passage, passage.targets.empty() ? kUnanswered : passage.target.attempt_timeout);
}

HeaderList Passages::carried_credentials(std::string_view trunk, const sip::Message& request) {
    const auto& policy = *calls_.config()->policy;
    if (!passes_challenges(policy, trunk, calls_.credentials(trunk) != nullptr)) return {};
    return passed_credentials(request, policy);
}

HeaderList Passages::carried_challenges(std::string_view trunk, const sip::Message& response) {
    const int code = response.status_code();
    const auto& policy = *calls_.config()->policy;
    const bool challenged = code == 401 || code == 407;
    if (!challenged || !passes_challenges(policy, trunk, calls_.credentials(trunk) != nullptr)) {
        return {};
    }
    return passed_challenges(response);
}

}  // namespace portcullis::b2bua
