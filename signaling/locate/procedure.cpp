// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/procedure.hpp"

#include <algorithm>
#include <set>

#include "signaling/locate/service.hpp"

namespace portcullis::locate {
namespace {

// Targets whose addresses are asked for: two questions each.
constexpr std::size_t kMaxHosts = 32;

}  // namespace

Procedure::Procedure(Where where, const Settings& settings, Random random)
    : where_(std::move(where)), settings_(settings), random_(std::move(random)) {}

std::vector<Question> Procedure::start() {
    if (where_.port) return ask_domain();
    if (!where_.transport) return ask(Stage::Pointers, {{where_.host, RecordType::Naptr}});
    auto tier = choose_services(where_, settings_);
    if (!tier) return finish(Errc::NoSupportedTransport, tier.error().detail);
    tiers_ = {std::move(*tier)};
    return ask_services();
}

std::vector<Question> Procedure::ask(Stage stage, const std::vector<Question>& questions) {
    stage_ = stage;
    asked_.clear();
    for (const Question& question : questions) asked_.emplace(question, std::nullopt);
    open_ = asked_.size();
    if (open_ == 0) return advance();
    std::vector<Question> out;
    for (const auto& [question, unanswered] : asked_) out.push_back(question);
    return out;
}

std::vector<Question> Procedure::on_reply(const Question& question, const Known& known) {
    const auto at = asked_.find(question);
    if (outcome_ || at == asked_.end() || at->second) return {};
    at->second = known;
    fresh_until_ = std::min(fresh_until_, known.fresh_until);
    stale_ = stale_ || known.stale;
    // Silence outweighs a failure that was said.
    if (known.reply->kind == ReplyKind::Failed && failure_ != Errc::TimedOut) {
        failure_ = known.reply->failure;
    }
    if (known.reply->kind == ReplyKind::Records || known.reply->kind == ReplyKind::NoData) {
        name_exists_ = true;
    }
    if (--open_ > 0) return {};
    return advance();
}

std::vector<Question> Procedure::advance() {
    // No reply is not "no such record": while no name server answers, more questions only keep
    // the call waiting. An error that is said may be of a server that does not know the type.
    const bool silence =
        !asked_.empty() && std::all_of(asked_.begin(), asked_.end(), [](const auto& row) {
            return row.second->reply->kind == ReplyKind::Failed &&
                   row.second->reply->failure == Errc::TimedOut;
        });
    if (silence) return give_up();
    switch (stage_) {
        case Stage::Pointers:
            return after_pointers();
        case Stage::Services:
            return after_services();
        case Stage::Hosts:
            after_hosts();
            return {};
    }
    return {};
}

const Reply* Procedure::reply(const Question& question) const {
    const auto at = asked_.find(question);
    return at == asked_.end() || !at->second ? nullptr : at->second->reply.get();
}

std::vector<Question> Procedure::after_pointers() {
    const Reply* const pointers = reply({where_.host, RecordType::Naptr});
    auto choice = choose_pointers(pointers->pointers, where_, settings_);
    dropped_.records += choice.unusable;
    if (!choice.has_sip) {
        auto tier = choose_services(where_, settings_);
        if (!tier) return finish(Errc::NoSupportedTransport, tier.error().detail);
        tiers_ = {std::move(*tier)};
        return ask_services();
    }
    by_pointers_ = true;
    tiers_ = std::move(choice.tiers);
    if (tiers_.empty()) {
        return finish(Errc::NoSupportedTransport,
                      "none of its NAPTR records names a transport of ours");
    }
    return ask_services();
}

std::vector<Question> Procedure::ask_services() {
    std::vector<Question> questions;
    for (const Route& route : tiers_.front()) {
        if (!route.direct) questions.push_back({route.name, RecordType::Srv});
    }
    return ask(Stage::Services, questions);
}

void Procedure::take_services(const Route& route, std::size_t& left) {
    Group group{.transport = route.transport};
    if (route.direct) {
        group.candidates.push_back(
            {.port = describe(route.transport).default_port, .host = route.name});
        left -= std::min<std::size_t>(left, 1);
        groups_.push_back(std::move(group));
        return;
    }
    const Reply* const services = reply({route.name, RecordType::Srv});
    if (services == nullptr || services->services.empty()) return;
    auto records = services->services;
    const std::size_t offered =
        records.size() - std::erase_if(records, [](const auto& r) { return r.target.empty(); });
    // RFC 2782: a target of "." says that the service is decidedly not available.
    not_offered_ = not_offered_ || offered == 0;
    records = weighted_order(std::move(records), left, random_);
    dropped_.records += static_cast<std::uint32_t>(offered - records.size());
    left -= records.size();
    for (SrvRecord& record : records) {
        group.candidates.push_back({.priority = record.priority,
                                    .weight = record.weight,
                                    .port = record.port,
                                    .host = std::move(record.target)});
    }
    if (!group.candidates.empty()) groups_.push_back(std::move(group));
}

std::vector<Question> Procedure::after_services() {
    groups_.clear();
    std::size_t left = kMaxServers;
    for (const Route& route : tiers_.front()) take_services(route, left);
    drop_downgrades();
    if (!groups_.empty()) return ask_hosts();
    tiers_.erase(tiers_.begin());
    if (!tiers_.empty()) return ask_services();
    // A domain that has said how it is reached is not reached in another way: a failing SRV
    // look-up must not turn TLS into UDP.
    if (by_pointers_ || not_offered_) return give_up();
    return ask_domain();
}

// Once a domain has offered TLS, the failure of that server must not send the call in the clear.
void Procedure::drop_downgrades() {
    bool secure = false;
    std::erase_if(groups_, [&secure](const Group& group) {
        if (secure && !service_of(group.transport).secure) return true;
        secure = secure || service_of(group.transport).secure;
        return false;
    });
}

// RFC 3263 section 4.2: with a port, or without SRV records, the domain name is the host.
std::vector<Question> Procedure::ask_domain() {
    const auto transport = default_transport(where_, settings_);
    if (!transport) return finish(Errc::NoSupportedTransport, transport.error().detail);
    const auto port = where_.port.value_or(describe(*transport).default_port);
    groups_ = {{*transport, {{.port = port, .host = where_.host}}}};
    return ask_hosts();
}

std::vector<Question> Procedure::ask_hosts() {
    std::set<std::string> hosts;
    for (Group& group : groups_) {
        std::erase_if(group.candidates, [&](const Candidate& candidate) {
            if (hosts.contains(candidate.host)) return false;
            if (hosts.size() == kMaxHosts) {
                ++dropped_.records;
                return true;
            }
            hosts.insert(candidate.host);
            return false;
        });
    }
    std::vector<Question> questions;
    for (const auto& host : hosts) {
        if (settings_.v4) questions.push_back({host, RecordType::A});
        if (settings_.v6) questions.push_back({host, RecordType::Aaaa});
    }
    return ask(Stage::Hosts, questions);
}

std::vector<IpAddress> Procedure::addresses(const std::string& host, RecordType type) {
    const Reply* const found = reply({host, type});
    if (found == nullptr) return {};
    std::vector<IpAddress> out = found->addresses;
    dropped_.addresses +=
        static_cast<std::uint32_t>(std::erase_if(out, [this](const IpAddress& address) {
            return !may_be_server(address, settings_.allow_loopback);
        }));
    return out;
}

void Procedure::fill(Group& group) {
    for (Candidate& candidate : group.candidates) {
        candidate.v4 = addresses(candidate.host, RecordType::A);
        candidate.v6 = addresses(candidate.host, RecordType::Aaaa);
    }
    std::erase_if(group.candidates, [](const Candidate& candidate) {
        return candidate.v4.empty() && candidate.v6.empty();
    });
}

void Procedure::after_hosts() {
    for (Group& group : groups_) fill(group);
    std::erase_if(groups_, [](const Group& group) { return group.candidates.empty(); });
    if (groups_.empty()) {
        (void)give_up();
        return;
    }
    // RFC 5922 section 7.1: a certificate is checked against the domain that was asked for, not
    // against what DNS made of it.
    outcome_ = Outcome{.found = Found{std::move(groups_), where_.host},
                       .fresh_until = fresh_until_,
                       .stale = stale_};
}

std::vector<Question> Procedure::give_up() {
    if (dropped_.addresses > 0) return finish(Errc::UnusableAddress, where_.host);
    if (failure_) return finish(*failure_, where_.host);
    if (not_offered_) return finish(Errc::NotOffered, where_.host);
    return finish(name_exists_ ? Errc::NoServers : Errc::NoSuchName, where_.host);
}

std::vector<Question> Procedure::finish(Errc why, std::string detail) {
    open_ = 0;
    asked_.clear();
    outcome_ = Outcome{
        .found = fail(why, std::move(detail)), .fresh_until = fresh_until_, .stale = stale_};
    return {};
}

}  // namespace portcullis::locate
