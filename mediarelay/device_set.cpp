// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/device_set.hpp"

#include <algorithm>
#include <utility>

#include "common/base/log.hpp"

namespace portcullis::relay {

namespace {

OpenDevice* find_in(const DeviceSet::Devices& devices, const std::string& name) {
    const auto at = std::find_if(devices.begin(), devices.end(),
                                 [&name](const auto& device) { return device->link.name == name; });
    return at == devices.end() ? nullptr : at->get();
}

}  // namespace

OpenDevice* DeviceSet::find(const std::string& device) const { return find_in(open_, device); }

bool DeviceSet::needs_opening(const InterfacePlan& plan) const {
    const OpenDevice* open = find(plan.device);
    return open == nullptr ||
           (plan.driver != config::MediaDriver::Auto && plan.driver != open->driver);
}

Refusals DeviceSet::prepare(const std::vector<InterfacePlan>& wanted) {
    Refusals refusals;
    for (const auto& interface : wanted) {
        if (!needs_opening(interface)) continue;
        auto opened = open_device_(interface, find(interface.device) != nullptr);
        if (opened) {
            aside_.push_back(std::move(*opened));
        } else {
            refusals.push_back({interface.pointer + "/driver", opened.error().text()});
        }
    }
    return refusals;
}

void DeviceSet::put_in_force(std::unique_ptr<OpenDevice> device) {
    reported_.erase(device->link.name);
    const auto former = std::find_if(open_.begin(), open_.end(), [&device](const auto& open) {
        return open->link.name == device->link.name;
    });
    if (former != open_.end()) {
        retired_.push_back(std::move(*former));
        open_.erase(former);
    }
    open_.push_back(std::move(device));
}

Refusals DeviceSet::commit(const std::vector<InterfacePlan>& wanted) {
    for (auto& device : std::exchange(aside_, {})) put_in_force(std::move(device));
    // Nothing is left to be opened unless its link went away since Prepare.
    Refusals refusals = prepare(wanted);
    for (auto& device : std::exchange(aside_, {})) put_in_force(std::move(device));
    return refusals;
}

bool DeviceSet::open_missing(const std::vector<InterfacePlan>& wanted) {
    bool changed = false;
    for (const auto& interface : wanted) {
        if (find(interface.device) != nullptr) continue;
        // Opening it again would take the queues, or the XDP program, from the one aside.
        if (find_in(aside_, interface.device) != nullptr) continue;
        auto opened = open_device_(interface, false);
        if (opened) {
            put_in_force(std::move(*opened));
            changed = true;
        } else if (reported_.insert(interface.device).second) {
            log::component("device").error("interface_unavailable interface={} reason=\"{}\"",
                                           interface.device, opened.error().text());
        }
    }
    return changed;
}

void DeviceSet::watch_programs() {
    for (const auto& device : open_) {
        if (device->xdp) device->xdp->watch();
    }
}

void DeviceSet::retire_unless(const std::function<bool(const std::string&)>& used) {
    for (auto at = open_.begin(); at != open_.end();) {
        const std::string& name = (*at)->link.name;
        if (used(name)) {
            ++at;
            continue;
        }
        log::component("device").info("closing interface={}", name);
        retired_.push_back(std::move(*at));
        at = open_.erase(at);
    }
}

void DeviceSet::close_all() {
    aside_.clear();
    open_.clear();
    retired_.clear();
}

bool DeviceSet::on_link_removed(LinkIndex link) {
    const auto gone = [link](const auto& device) { return device->link.index == link; };
    // No worker has these.
    std::erase_if(aside_, gone);
    const auto at = std::find_if(open_.begin(), open_.end(), gone);
    if (at == open_.end()) return false;
    log::component("device").error("interface_gone interface={}", (*at)->link.name);
    retired_.push_back(std::move(*at));
    open_.erase(at);
    return true;
}

bool DeviceSet::on_link_changed(const Link& link) {
    bool moved = false;
    for (auto* devices : {&open_, &aside_}) {
        for (auto& device : *devices) {
            if (device->link.index != link.index) continue;
            if (device->xdp) device->xdp->watch();
            // Frames are addressed to the link's MAC address: workers must know the new one.
            moved = moved || (devices == &open_ && device->link.mac != link.mac);
            device->link = link;
        }
    }
    return moved;
}

bool DeviceSet::recheck(const std::vector<Link>& links) {
    std::set<LinkIndex> gone;
    for (const auto* devices : {&open_, &aside_}) {
        for (const auto& device : *devices) gone.insert(device->link.index);
    }
    bool changed = false;
    for (const Link& link : links) {
        gone.erase(link.index);
        changed = on_link_changed(link) || changed;
    }
    for (const LinkIndex link : gone) changed = on_link_removed(link) || changed;
    return changed;
}

}  // namespace portcullis::relay
