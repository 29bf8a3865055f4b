// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/gateway_monitor.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "signaling/sip/simple_headers.hpp"

namespace portcullis::trunk {
namespace {

using std::chrono::seconds;

// Between two questions to the locator, however briefly an answer is good for; and after an error.
constexpr seconds kLocateAtMostEvery{5};
constexpr seconds kLocateAgain{15};

HealthTerms terms_of(const policy::Trunk& trunk, const config::TimerConfig& timers) {
    const auto& health = trunk.health;
    const Duration timer_f = 64 * timers.t1;
    return {.probes = health.enabled,
            .interval = health.interval,
            .max_interval = health.max_interval,
            .timeout = health.timeout ? std::min<Duration>(*health.timeout, timer_f) : timer_f,
            .up_after = health.up_after,
            .down_after = health.down_after,
            .failure_codes = health.failure_codes,
            .max_rest = health.max_rest};
}

std::optional<seconds> retry_after(const sip::Message& response) {
    const auto value = response.header(sip::HeaderId::RetryAfter);
    if (!value) return std::nullopt;
    const auto parsed = sip::parse_retry_after(*value);
    return parsed ? std::optional(seconds(parsed->seconds)) : std::nullopt;
}

}  // namespace

GatewayMonitor::GatewayMonitor(Surroundings& around, std::string trunk, policy::Gateway gateway)
    : around_(around),
      trunk_(std::move(trunk)),
      gateway_(std::move(gateway)),
      locate_timer_(around.wheel) {}

GatewayMonitor::~GatewayMonitor() {
    for (auto& address : addresses_) around_.exchange.forget(address.request);
}

void GatewayMonitor::configure(const policy::Trunk& trunk, const policy::Gateway& gateway,
                               Duration delay) {
    realm_ = trunk.realm;
    gateway_ = gateway;
    terms_ = terms_of(trunk, around_.policy->timers());
    from_user_ = trunk.health.from_user;
    to_user_ = trunk.health.to_user;
    if (!configured_) {
        configured_ = true;
        locate(delay);
        return;
    }
    for (auto& address : addresses_) {
        const auto before = address.health.state();
        const auto actions = address.health.configure(terms_, around_.clock.now());
        if (actions.stop) around_.exchange.forget(std::exchange(address.request, {}));
        apply(address, actions, before);
    }
}

void GatewayMonitor::locate(Duration delay) {
    const auto& uri = gateway_.location;
    if (!uri.is_name()) {
        take_addresses({{.transport = gateway_.transport, .remote = gateway_.endpoint}}, delay);
        return;
    }
    around_.locator.locate(where_of(uri),
                           [weak = weak_from_this(), delay](const Result<locate::Answer>& answer) {
                               if (const auto self = weak.lock()) self->on_located(answer, delay);
                           });
}

void GatewayMonitor::on_located(const Result<locate::Answer>& answer, Duration delay) {
    const auto now = around_.clock.now();
    auto again = now + kLocateAgain;
    if (answer) {
        location_error_.clear();
        take_addresses(answer->servers, delay);
        again = std::max(answer->fresh_until, now + kLocateAtMostEvery);
    } else if (location_error_ != answer.error().text()) {
        // The addresses found before stay: they are asked by OPTIONS, which knows better.
        location_error_ = answer.error().text();
        log::component("trunk").warn("gateway_not_located trunk={} gateway={} reason=\"{}\"",
                                     trunk_, gateway_.name, location_error_);
        around_.changed();
    }
    locate_timer_.set(again, [this] { locate({}); });
}

// What is still there keeps its state.
void GatewayMonitor::take_addresses(const std::vector<locate::Located>& found, Duration delay) {
    const auto same_place = [](const locate::Located& a, const locate::Located& b) {
        return a.remote == b.remote && a.transport == b.transport;
    };
    const auto gone = [&](const Address& address) {
        return std::none_of(found.begin(), found.end(), [&](const locate::Located& one) {
            return same_place(one, address.located);
        });
    };
    bool changed = false;
    for (auto at = addresses_.begin(); at != addresses_.end();) {
        if (!gone(*at)) {
            ++at;
            continue;
        }
        around_.exchange.forget(at->request);
        at = addresses_.erase(at);
        changed = true;
    }
    for (const auto& one : found) {
        const bool known =
            std::any_of(addresses_.begin(), addresses_.end(),
                        [&](const Address& address) { return same_place(one, address.located); });
        if (known) continue;
        const auto now = around_.clock.now();
        auto& fresh = addresses_.emplace_back(one, terms_, random_u64(), now, around_.wheel);
        apply(fresh, fresh.health.start(now, delay), fresh.health.state());
        changed = true;
    }
    if (changed) around_.changed();
}

void GatewayMonitor::report(const Report& report) {
    for (auto& address : addresses_) {
        if (address.located.remote != report.remote) continue;
        const auto before = address.health.state();
        apply(address,
              address.health.on_sighting(report.sighting, report.retry_after, around_.clock.now()),
              before);
    }
}

void GatewayMonitor::apply(Address& address, const HealthActions& actions, Health before) {
    if (actions.stop) address.timer.stop();
    if (actions.wake_at) {
        address.timer.set(*actions.wake_at, [this, &address] {
            const auto was = address.health.state();
            const bool gave_up = address.health.probing();
            const auto next = address.health.on_timer(around_.clock.now());
            if (gave_up) {
                ++address.failed;
                around_.exchange.forget(std::exchange(address.request, {}));
            }
            apply(address, next, was);
        });
    }
    if (actions.changed) {
        tell(address, before);
        around_.changed();
    }
    if (actions.probe) probe(address);
}

void GatewayMonitor::probe(Address& address) {
    const auto& located = address.located;
    const auto own = around_.way(realm_, located.remote, located.transport);
    ++address.probes;
    address.asked_at = around_.clock.now();
    if (own) {
        const OptionsParts parts{.own = *own,
                                 .remote = located.remote,
                                 .host = host_of(gateway_.location),
                                 .from_user = from_user_,
                                 .to_user = to_user_};
        address.request = around_.exchange.send(
            make_options(parts, around_.slot),
            {.interface = own->interface,
             .transport = located.transport,
             .remote = located.remote,
             .flow = {}},
            [this, &address](const Outcome& outcome) { on_outcome(address, outcome); });
        if (address.request) return;
    }
    ++address.failed;
    const auto before = address.health.state();
    apply(address,
          address.health.on_probe_failed(
              own ? "too many transactions of our own" : "no sip interface of ours leads there",
              around_.clock.now()),
          before);
}

void GatewayMonitor::on_outcome(Address& address, const Outcome& outcome) {
    const auto now = around_.clock.now();
    const auto before = address.health.state();
    address.request = {};
    if (outcome.response) {
        const int code = outcome.response->status_code();
        address.round_trip = std::chrono::duration_cast<Milliseconds>(now - address.asked_at);
        const auto& bad = terms_.failure_codes;
        if (std::find(bad.begin(), bad.end(), code) != bad.end()) ++address.failed;
        apply(address, address.health.on_probe_answered(code, retry_after(*outcome.response), now),
              before);
        return;
    }
    ++address.failed;
    const bool silent = outcome.failure == transaction::ClientFailure::Timeout;
    apply(address,
          address.health.on_probe_failed(
              silent ? "no response to OPTIONS" : "OPTIONS could not be delivered", now),
          before);
}

void GatewayMonitor::tell(const Address& address, Health before) const {
    const auto& health = address.health;
    const auto where = address.located.remote.text();
    if (health.state() == before) {
        const auto left = health.resting_until() - around_.clock.now();
        if (left.count() <= 0) return;
        log::component("trunk").info("gateway_rests trunk={} gateway={} remote={} seconds={}",
                                     trunk_, gateway_.name, where,
                                     std::chrono::ceil<seconds>(left).count());
    } else if (health.state() == Health::Down) {
        log::component("trunk").warn("gateway_down trunk={} gateway={} remote={} reason=\"{}\"",
                                     trunk_, gateway_.name, where, health.reason());
    } else {
        log::component("trunk").info("gateway_{} trunk={} gateway={} remote={} reason=\"{}\"",
                                     name_of(health.state()), trunk_, gateway_.name, where,
                                     health.reason());
    }
}

GatewayState GatewayMonitor::state() const {
    GatewayState out{.name = gateway_.name,
                     .monitored = terms_.probes,
                     .named = gateway_.location.is_name(),
                     .addresses = {},
                     .location_error = location_error_};
    for (const auto& address : addresses_) {
        const auto& health = address.health;
        out.addresses.push_back({.remote = address.located.remote,
                                 .transport = address.located.transport,
                                 .health = health.state(),
                                 .suspect = health.suspect(),
                                 .since = around_.wall(health.since()),
                                 .reason = health.reason(),
                                 .resting_until = health.resting_until(),
                                 .probes = address.probes,
                                 .failed_probes = address.failed,
                                 .round_trip = address.round_trip});
    }
    return out;
}

}  // namespace portcullis::trunk
