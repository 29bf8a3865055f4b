// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/trunk_service.hpp"

#include <algorithm>

#include "common/base/random.hpp"

namespace portcullis::trunk {
namespace {

using std::chrono::seconds;

// Between two that begin; few begin at once, many take no longer than the window.
constexpr Milliseconds kStep{50};
constexpr seconds kRegistrationWindow{30};
// A binding of a trunk that the configuration has dropped.
constexpr seconds kLeaveLimit{10};

}  // namespace

// Positions evenly over min(window, count * kStep), each somewhere within its part.
class TrunkService::Spread {
 public:
    void expect() { ++count_; }
    [[nodiscard]] Duration next(Duration window) {
        const auto span = std::min<Duration>(window, kStep * static_cast<std::int64_t>(count_));
        const auto part = span / static_cast<std::int64_t>(std::max<std::size_t>(count_, 1));
        const auto within =
            part.count() == 0 ? 0 : random_u64() % static_cast<std::uint64_t>(part.count());
        return part * static_cast<std::int64_t>(next_++) +
               Duration(static_cast<std::int64_t>(within));
    }

 private:
    std::size_t count_ = 0;
    std::size_t next_ = 0;
};

TrunkService::TrunkService(ServiceParts parts)
    : publish_(std::move(parts.publish)),
      around_{.clock = parts.clock,
              .wheel = parts.wheel,
              .locator = parts.locator,
              .slot = parts.slot,
              .exchange = Exchange(parts.transactions),
              .policy = {},
              .changed = [this] { publish_soon(); }},
      left_timer_(parts.wheel),
      publish_timer_(parts.wheel) {}

TrunkService::~TrunkService() = default;

void TrunkService::configure(std::shared_ptr<const policy::CompiledPolicy> policy) {
    if (stopping_) return;
    around_.policy = std::move(policy);
    Spread gateways;
    Spread registrations;
    for (const auto& trunk : around_.policy->trunks()) {
        for (std::size_t i = 0; i < trunk.gateways.size(); ++i) gateways.expect();
        registrations.expect();
    }
    for (auto at = trunks_.begin(); at != trunks_.end();) {
        if (around_.policy->find_trunk(at->first) != nullptr) {
            ++at;
            continue;
        }
        if (at->second.registration) leave(std::move(at->second.registration), kLeaveLimit);
        at = trunks_.erase(at);
    }
    for (const auto& trunk : around_.policy->trunks()) {
        serve(trunk, trunks_[trunk.name], gateways, registrations);
    }
    publish_soon();
}

void TrunkService::serve(const policy::Trunk& trunk, Served& served, Spread& gateways,
                         Spread& registrations) {
    served.try_when_all_down = trunk.health.when_all_down == config::WhenAllDown::Try;
    std::vector<MonitorPtr> monitors;
    for (const auto& gateway : trunk.gateways) {
        const auto at =
            std::find_if(served.monitors.begin(), served.monitors.end(),
                         [&gateway](const MonitorPtr& one) { return one->serves(gateway); });
        monitors.push_back(at == served.monitors.end()
                               ? std::make_shared<GatewayMonitor>(around_, trunk.name, gateway)
                               : *at);
        monitors.back()->configure(trunk, gateway, gateways.next(trunk.health.interval));
    }
    served.monitors = std::move(monitors);
    register_trunk(trunk, served, registrations);
}

void TrunkService::register_trunk(const policy::Trunk& trunk, Served& served,
                                  Spread& registrations) {
    const auto identity = RegistrationIdentity::of(trunk);
    const auto delay = registrations.next(kRegistrationWindow);
    auto& client = served.registration;
    if (client && identity && client->identity() == *identity) {
        client->configure(trunk);
        return;
    }
    if (client) leave(std::exchange(client, nullptr), kLeaveLimit);
    if (!identity) return;
    client = std::make_shared<RegistrarClient>(around_, trunk.name, *identity);
    client->start(trunk, delay);
}

// It is kept until the registrar has answered, or the time is up.
void TrunkService::leave(ClientPtr client, Duration limit) {
    auto* const key = client.get();
    leaving_.emplace(key, client);
    client->stop(limit, [this, key] {
        // Not destroyed under its own feet.
        if (auto node = leaving_.extract(key)) left_.push_back(std::move(node.mapped()));
        left_timer_.set(around_.clock.now(), [this] { left_.clear(); });
        if (stopping_ && leaving_.empty()) {
            if (const auto stopped = std::exchange(stopped_, nullptr)) stopped();
        }
    });
}

void TrunkService::stop(Duration limit, std::function<void()> done) {
    stopping_ = true;
    std::vector<ClientPtr> clients;
    for (auto& [name, served] : trunks_) {
        if (served.registration) clients.push_back(std::move(served.registration));
    }
    trunks_.clear();
    for (auto& client : clients) leave(std::move(client), limit);
    if (leaving_.empty()) return done();
    stopped_ = std::move(done);
}

void TrunkService::report(const Report& report) {
    const auto at = trunks_.find(report.trunk);
    if (at == trunks_.end()) return;
    for (const auto& monitor : at->second.monitors) {
        if (monitor->name() == report.gateway) monitor->report(report);
    }
}

TrunkStatesPtr TrunkService::states() const {
    std::vector<TrunkState> trunks;
    for (const auto& [name, served] : trunks_) {
        TrunkState state{.name = name,
                         .try_when_all_down = served.try_when_all_down,
                         .gateways = {},
                         .registration = {}};
        for (const auto& monitor : served.monitors) state.gateways.push_back(monitor->state());
        if (served.registration) state.registration = served.registration->state();
        trunks.push_back(std::move(state));
    }
    return std::make_shared<const TrunkStates>(std::move(trunks));
}

// Many changes of one moment make one snapshot.
void TrunkService::publish_soon() {
    if (publish_due_ || stopping_) return;
    publish_due_ = true;
    publish_timer_.set(around_.clock.now(), [this] {
        publish_due_ = false;
        publish_(states());
    });
}

}  // namespace portcullis::trunk
