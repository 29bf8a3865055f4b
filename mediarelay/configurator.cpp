// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/configurator.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "mediarelay/privileges.hpp"

namespace portcullis::relay {

// The document's bounds are ours: what validates, fits.
static_assert(config::kMaxRelayWorkers == kMaxWorkers);
static_assert(config::kMaxMediaPools == kMaxPools);

Refusals Configurator::check_settings(const RelayPlan& plan) const {
    Refusals refusals;
    // A process that cannot start with its settings would never come back to be told others.
    for (std::size_t i = 0; i < plan.settings.cores.size(); ++i) {
        if (may_run_on(plan.settings.cores[i])) continue;
        refusals.push_back(
            {"/relay/cores/" + std::to_string(i), "core " + std::to_string(plan.settings.cores[i]) +
                                                      " is not one that the relay may run on"});
    }
    if (plan.settings.memory_mb > running_.memory_mb + available_memory_mb()) {
        refusals.push_back({"/relay/memory_mb", std::to_string(available_memory_mb()) +
                                                    " MiB more than now are available"});
    }
    for (auto& refusal : check_start_settings(plan)) refusals.push_back(std::move(refusal));
    return refusals;
}

// What only a new process can change waits until no session lives.
Refusals Configurator::check_start_settings(const RelayPlan& plan) const {
    Refusals refusals;
    if (parts_.live_sessions() == 0) return refusals;
    const auto refuse = [&](bool same, const char* pointer) {
        if (same) return;
        refusals.push_back({pointer,
                            "takes effect at the relay's start, which live sessions forbid; "
                            "retry when no call is up"});
    };
    refuse(plan.settings.memory_mb == running_.memory_mb, "/relay/memory_mb");
    refuse(plan.settings.workers == running_.workers, "/relay/workers");
    refuse(plan.settings.cores == running_.cores, "/relay/cores");
    return refusals;
}

Refusals Configurator::check_addresses(const RelayPlan& plan) {
    Refusals refusals;
    for (const auto& interface : plan.interfaces) {
        if (const auto link = parts_.netlink.link(interface.device); !link) {
            refusals.push_back({interface.pointer + "/device",
                                "interface \"" + interface.device + "\" does not exist"});
        }
    }
    const auto addresses = parts_.netlink.addresses();
    if (!addresses) return refusals;
    for (const auto& pool : plan.pools) {
        const auto link = parts_.netlink.link(pool.device);
        if (!link) continue;  // said above
        const bool there = std::any_of(addresses->begin(), addresses->end(), [&](const auto& a) {
            return a.link == link->index && a.address == pool.range.address;
        });
        if (!there) {
            refusals.push_back(
                {pool.pointer + "/address",
                 pool.range.address.text() + " is not an address of interface " + pool.device});
        }
    }
    return refusals;
}

Refusals Configurator::prepare(const RelayPlan& plan) {
    devices_.abort();
    Refusals refusals = check_settings(plan);
    for (auto& refusal : check_addresses(plan)) refusals.push_back(std::move(refusal));
    for (auto& [pointer, reason] : parts_.pools.check(plan.pools)) {
        refusals.push_back({pointer, reason});
    }
    if (!refusals.empty()) return refusals;
    restart_at_apply_ = plan.settings.memory_mb != running_.memory_mb ||
                        plan.settings.workers != running_.workers ||
                        plan.settings.cores != running_.cores ||
                        (plan.settings.polling != running_.polling && parts_.live_sessions() == 0);
    return devices_.prepare(plan.interfaces);
}

void Configurator::abort() {
    devices_.abort();
    restart_at_apply_ = false;
}

void Configurator::apply(const RelayPlan& plan, Done done) {
    // A session may have come since Prepare.
    Refusals refusals = check_start_settings(plan);
    if (parts_.live_sessions() != 0) restart_at_apply_ = false;
    if (restart_at_apply_) {
        // Once the document is stored: the new process starts from it.
        done({});
        return;
    }
    plan_ = plan;
    for (auto& refusal : devices_.commit(plan.interfaces)) refusals.push_back(std::move(refusal));
    parts_.pools.apply(plan.pools, plan.settings.quarantine);
    parts_.on_settings(plan.settings);
    drop_unused();
    publish(std::move(refusals), std::move(done));
}

void Configurator::committed() {
    if (restart_at_apply_) parts_.restart();
}

void Configurator::apply_at_start(const RelayPlan& plan) {
    plan_ = plan;
    if (parts_.pools.make_way(plan.pools)) {
        log::component("config").warn("former_pools_dropped reason=\"{}\"",
                                      "the stored configuration has their ports");
    }
    parts_.pools.apply(plan.pools, plan.settings.quarantine);
    parts_.on_settings(plan.settings);
    // First of all: with the relay's sockets gone the kernel would answer media now.
    if (const auto quiet = silence_kernel(); !quiet.empty()) {
        log::component("config").warn("kernel_not_silenced reason=\"{}\"", quiet.front().reason);
    }
    retry_missing();
    republish();
}

// A pool that drains may have outlived its interface's configuration, driver included.
std::vector<InterfacePlan> Configurator::wanted() const {
    auto interfaces = plan_.interfaces;
    for (const auto& pool : parts_.pools.pools()) {
        if (std::none_of(interfaces.begin(), interfaces.end(), [&pool](const auto& interface) {
                return interface.device == pool->device;
            })) {
            interfaces.push_back({pool->device, config::MediaDriver::Auto, ""});
        }
    }
    return interfaces;
}

void Configurator::retry_missing() {
    devices_.watch_programs();
    bool changed = links_in_doubt_ && recheck_links();
    changed = devices_.open_missing(wanted()) || changed;
    if (changed) republish();
}

bool Configurator::recheck_links() {
    const auto links = parts_.netlink.links();
    links_in_doubt_ = !links;
    return links && devices_.recheck(*links);
}

void Configurator::on_events_lost() {
    links_in_doubt_ = true;
    retry_missing();
}

void Configurator::on_link_removed(LinkIndex link) {
    if (devices_.on_link_removed(link)) republish();
}

void Configurator::on_link_changed(const Link& link) {
    if (devices_.on_link_changed(link)) republish();
}

void Configurator::republish() {
    drop_unused();
    publish({}, [](const Refusals& refusals) {
        for (const auto& refusal : refusals) {
            log::component("config").error("apply_failed pointer={} reason=\"{}\"", refusal.pointer,
                                           refusal.reason);
        }
    });
}

// An interface stays while it is configured or a pool on it drains.
void Configurator::drop_unused() {
    const auto used = wanted();
    devices_.retire_unless([&used](const std::string& device) {
        return std::any_of(used.begin(), used.end(),
                           [&device](const auto& interface) { return interface.device == device; });
    });
}

Refusals Configurator::silence_kernel() {
    Refusals refusals;
    std::vector<MediaRange> all;
    for (const auto& pool : parts_.pools.pools()) {
        for (const auto ports : pool->ranges) all.push_back({pool->address, ports});
    }
    if (const auto filtered = parts_.filter.apply(all); !filtered) {
        // With XDP alone the kernel sees no media but in the moments of a restart.
        const bool needed = std::any_of(
            devices_.open().begin(), devices_.open().end(),
            [](const auto& device) { return device->driver == config::MediaDriver::AfPacket; });
        if (needed)
            refusals.push_back({"/media_pools", filtered.error().text()});
        else
            log::component("filter").warn("no_filter reason=\"{}\"", filtered.error().text());
    }
    for (const auto& device : devices_.open()) {
        if (!device->xdp) continue;
        std::vector<MediaRange> own;
        for (const auto& pool : parts_.pools.pools()) {
            if (pool->device != device->link.name) continue;
            for (const auto ports : pool->ranges) own.push_back({pool->address, ports});
        }
        if (const auto applied = device->xdp->apply(own); !applied) {
            refusals.push_back({"/media_interfaces", applied.error().text()});
        }
    }
    return refusals;
}

void Configurator::tell_next_hops() {
    std::vector<MediaDevice> devices;
    std::vector<LocalMedia> media;
    for (const auto& open : devices_.open()) {
        devices.push_back({open->link.index, open->port->id(), open->link.mac,
                           static_cast<std::uint16_t>(std::min(open->link.mtu, 0xffffU))});
        for (const auto& pool : parts_.pools.pools()) {
            if (pool->device != open->link.name) continue;
            for (const auto ports : pool->ranges) {
                media.push_back({{pool->address, ports}, open->link.index});
            }
        }
    }
    parts_.hops.configure(std::move(devices), std::move(media));
}

void Configurator::swap_tables(const WorkerTableSet& tables, std::function<void()> done) {
    const auto left = std::make_shared<std::size_t>(parts_.workers.size());
    for (std::size_t worker = 0; worker < parts_.workers.size(); ++worker) {
        parts_.workers[worker]->submit({SwapTables{(*tables)[worker].get()}}, [left, done] {
            if (--*left == 0) done();
        });
    }
}

void Configurator::publish(Refusals refusals, Done done) {
    for (auto& refusal : silence_kernel()) refusals.push_back(std::move(refusal));
    tell_next_hops();
    for (const auto& pool : parts_.pools.pools()) {
        pool->reachable = devices_.find(pool->device) != nullptr;
    }
    // What leaves now is closed when this generation of tables is in force everywhere.
    const auto leaving = std::make_shared<DeviceSet::Devices>(devices_.take_retired());
    const WorkerTableSet former = std::exchange(
        tables_, make_worker_tables(devices_.open(), parts_.pools, parts_.workers.size()));
    swap_tables(tables_, [former, leaving, refusals = std::move(refusals),
                          done = std::move(done)]() mutable {
        leaving->clear();
        done(std::move(refusals));
    });
}

void Configurator::shut_down(bool sessions_wait) {
    devices_.close_all();
    if (!sessions_wait) parts_.filter.remove();
}

std::vector<std::string> Configurator::missing() const {
    std::vector<std::string> names;
    for (const auto& interface : wanted()) {
        if (devices_.find(interface.device) == nullptr) names.push_back(interface.device);
    }
    return names;
}

}  // namespace portcullis::relay
