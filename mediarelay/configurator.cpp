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
    if (plan.settings.workers > kMaxWorkers) {
        refusals.push_back({"/relay/workers", "at most " + std::to_string(kMaxWorkers)});
    }
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

OpenDevice* Configurator::find_open(const std::string& device) const {
    const auto at = std::find_if(open_.begin(), open_.end(),
                                 [&device](const auto& open) { return open->link.name == device; });
    return at == open_.end() ? nullptr : at->get();
}

bool Configurator::needs_opening(const InterfacePlan& plan) const {
    const OpenDevice* open = find_open(plan.device);
    return open == nullptr ||
           (plan.driver != config::MediaDriver::Auto && plan.driver != open->driver);
}

Refusals Configurator::prepare(const RelayPlan& plan) {
    prepared_.clear();
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
    for (const auto& interface : plan.interfaces) {
        if (!needs_opening(interface)) continue;
        auto opened = parts_.devices.open(interface, find_open(interface.device) != nullptr);
        if (!opened) {
            refusals.push_back({interface.pointer + "/driver", opened.error().text()});
            continue;
        }
        prepared_.push_back(std::move(*opened));
    }
    return refusals;
}

void Configurator::abort() {
    prepared_.clear();
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
    for (auto& device : prepared_) {
        const auto at = std::find_if(open_.begin(), open_.end(), [&device](const auto& open) {
            return open->link.name == device->link.name;
        });
        if (at != open_.end()) {
            retired_.push_back(std::move(*at));
            open_.erase(at);
        }
        open_.push_back(std::move(device));
    }
    prepared_.clear();
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
    parts_.pools.apply(plan.pools, plan.settings.quarantine);
    parts_.on_settings(plan.settings);
    // First of all: with the relay's sockets gone the kernel would answer media now.
    if (const auto quiet = silence_kernel(); !quiet.empty()) {
        log::component("config").warn("kernel_not_silenced reason=\"{}\"", quiet.front().reason);
    }
    retry_missing();
    republish();
}

void Configurator::retry_missing() {
    for (const auto& open : open_) {
        if (open->xdp) open->xdp->watch();
    }
    bool changed = false;
    for (const auto& interface : plan_.interfaces) {
        if (find_open(interface.device) != nullptr) continue;
        auto opened = parts_.devices.open(interface, false);
        if (opened) {
            open_.push_back(std::move(*opened));
            reported_.erase(interface.device);
            changed = true;
        } else if (reported_.insert(interface.device).second) {
            log::component("device").error("interface_unavailable interface={} reason=\"{}\"",
                                           interface.device, opened.error().text());
        }
    }
    if (changed) republish();
}

void Configurator::on_link_removed(LinkIndex link) {
    const auto at = std::find_if(open_.begin(), open_.end(),
                                 [link](const auto& open) { return open->link.index == link; });
    if (at == open_.end()) return;
    log::component("device").error("interface_gone interface={}", (*at)->link.name);
    retired_.push_back(std::move(*at));
    open_.erase(at);
    republish();
}

void Configurator::on_link_changed(const Link& link) {
    const auto at = std::find_if(open_.begin(), open_.end(), [&link](const auto& open) {
        return open->link.index == link.index;
    });
    if (at == open_.end()) return;
    if ((*at)->xdp) (*at)->xdp->watch();
    if ((*at)->link == link) return;
    // Frames are addressed to the link's MAC address: workers must know the new one.
    const bool moved = (*at)->link.mac != link.mac;
    (*at)->link = link;
    if (moved) republish();
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
    for (auto at = open_.begin(); at != open_.end();) {
        const std::string& name = (*at)->link.name;
        const bool configured =
            std::any_of(plan_.interfaces.begin(), plan_.interfaces.end(),
                        [&name](const auto& interface) { return interface.device == name; });
        const bool drains = std::any_of(parts_.pools.pools().begin(), parts_.pools.pools().end(),
                                        [&name](const auto& pool) { return pool->device == name; });
        if (configured || drains) {
            ++at;
            continue;
        }
        log::component("device").info("closing interface={}", name);
        retired_.push_back(std::move(*at));
        at = open_.erase(at);
    }
}

Refusals Configurator::silence_kernel() {
    Refusals refusals;
    std::vector<MediaRange> all;
    for (const auto& pool : parts_.pools.pools()) {
        for (const auto ports : pool->ranges) all.push_back({pool->address, ports});
    }
    if (const auto filtered = parts_.filter.apply(all); !filtered) {
        // With XDP alone the kernel sees no media but in the moments of a restart.
        const bool needed = std::any_of(open_.begin(), open_.end(), [](const auto& device) {
            return device->driver == config::MediaDriver::AfPacket;
        });
        if (needed)
            refusals.push_back({"/media_pools", filtered.error().text()});
        else
            log::component("filter").warn("no_filter reason=\"{}\"", filtered.error().text());
    }
    for (const auto& device : open_) {
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
    for (const auto& open : open_) {
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
        pool->reachable = find_open(pool->device) != nullptr;
    }
    // What leaves now is closed when this generation of tables is in force everywhere.
    const auto leaving =
        std::make_shared<std::vector<std::unique_ptr<OpenDevice>>>(std::move(retired_));
    retired_.clear();
    const WorkerTableSet former =
        std::exchange(tables_, make_worker_tables(open_, parts_.pools, parts_.workers.size()));
    swap_tables(tables_, [former, leaving, refusals = std::move(refusals),
                          done = std::move(done)]() mutable {
        leaving->clear();
        done(std::move(refusals));
    });
}

void Configurator::shut_down(bool sessions_wait) {
    prepared_.clear();
    open_.clear();
    retired_.clear();
    if (!sessions_wait) parts_.filter.remove();
}

std::vector<std::string> Configurator::missing() const {
    std::vector<std::string> names;
    for (const auto& interface : plan_.interfaces) {
        if (find_open(interface.device) == nullptr) names.push_back(interface.device);
    }
    return names;
}

}  // namespace portcullis::relay
