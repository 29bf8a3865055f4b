// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/next_hops.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay {

LeftHop::~LeftHop() {
    if (hops_ != nullptr) hops_->drop_hop(id_);
}

NextHops::NextHops(KernelNetwork& kernel, NextHopTable& table)
    : kernel_(kernel), table_(table), hops_(table.capacity()) {
    for (std::size_t id = 1; id < table.capacity(); ++id) {
        unused_.push_back(static_cast<NextHopId>(id));
    }
}

const MediaDevice* NextHops::device_of(LinkIndex link) const {
    const auto at = std::find_if(devices_.begin(), devices_.end(),
                                 [link](const auto& device) { return device.link == link; });
    return at == devices_.end() ? nullptr : &*at;
}

LinkIndex NextHops::link_of(const IpAddress& local) const {
    const auto at = std::find_if(media_.begin(), media_.end(), [&local](const auto& media) {
        return media.range.address == local;
    });
    return at == media_.end() ? 0 : at->link;
}

void NextHops::configure(std::vector<MediaDevice> devices, std::vector<LocalMedia> media) {
    devices_ = std::move(devices);
    media_ = std::move(media);
    route_all();
    for (const auto& [key, id] : hop_ids_) publish(id);
}

Status NextHops::check_target(const Endpoint& remote) const {
    if (remote.port == 0 || !remote.address.is_usable_target()) {
        return fail(KernelErrc::NoRoute, remote.text() + " may not be sent to");
    }
    bool ours = false;
    for (const auto& media : media_) {
        if (media.range.address != remote.address) continue;
        ours = true;
        if (media.range.ports.contains(remote.port)) return {};
    }
    if (ours) return fail(KernelErrc::NoRoute, remote.text() + " is this host, not a media port");
    return {};
}

Result<NextHops::HopKey> NextHops::find_hop_key(const IpAddress& local, const IpAddress& remote) {
    if (link_of(remote) != 0) return HopKey{0, remote};
    const auto route = kernel_.route(local, remote, link_of(local));
    if (!route) return std::unexpected(route.error());
    if (route->kind != RouteKind::Unicast) {
        const bool host = route->kind == RouteKind::Local;
        return fail(KernelErrc::NoRoute,
                    remote.text() + (host ? " is this host" : " is not a single host"));
    }
    if (device_of(route->out_link) == nullptr) {
        return fail(KernelErrc::NoRoute,
                    "the way to " + remote.text() + " leaves by an interface without media");
    }
    return HopKey{route->out_link, route->gateway.value_or(remote)};
}

Result<NextHopId> NextHops::acquire(const IpAddress& local, const Endpoint& remote) {
    if (const auto allowed = check_target(remote); !allowed) {
        return std::unexpected(allowed.error());
    }
    const WayKey key{local, remote.address};
    const auto at = ways_.try_emplace(key).first;
    Way& way = at->second;
    if (way.hop == kNoNextHop) {
        if (const auto routed = route(key, way); !routed) {
            if (way.references == 0) ways_.erase(at);
            return std::unexpected(routed.error());
        }
    }
    ++way.references;
    return way.hop;
}

Result<NextHopId> NextHops::acquire_waiting(const IpAddress& local, const Endpoint& remote) {
    auto hop = acquire(local, remote);
    if (hop || !check_target(remote)) return hop;
    ++ways_[{local, remote.address}].references;
    return kNoNextHop;
}

void NextHops::release(const IpAddress& local, const IpAddress& remote) {
    const auto at = ways_.find({local, remote});
    if (at == ways_.end() || --at->second.references > 0) return;
    drop_hop(at->second.hop);
    ways_.erase(at);
}

NextHopId NextHops::hop_of(const IpAddress& local, const IpAddress& remote) const {
    const auto at = ways_.find({local, remote});
    return at == ways_.end() ? kNoNextHop : at->second.hop;
}

bool NextHops::reachable(NextHopId id) const {
    return id != kNoNextHop && id < hops_.size() && hops_[id].references > 0 &&
           (hops_[id].local || hops_[id].mac.has_value());
}

Result<NextHopId> NextHops::take_hop(const HopKey& key) {
    if (const auto at = hop_ids_.find(key); at != hop_ids_.end()) {
        ++hops_[at->second].references;
        return at->second;
    }
    if (unused_.empty()) return fail(KernelErrc::NoRoute, "no next hop is free");
    const NextHopId id = unused_.front();
    unused_.pop_front();
    hops_[id] = Hop{.key = key, .references = 1, .mac = {}, .local = key.link == 0, .fixed = false};
    hop_ids_.emplace(key, id);
    publish(id);
    if (!hops_[id].local) resolve(id);
    return id;
}

void NextHops::drop_hop(NextHopId id) {
    if (id == kNoNextHop) return;
    Hop& hop = hops_[id];
    if (--hop.references > 0) return;
    if (!hop.local) kernel_.forget_neighbour(hop.key.link, hop.key.neighbour);
    hop_ids_.erase(hop.key);
    hop = {};
    table_.store(id, NextHop{});
    unused_.push_back(id);
}

// Writes what is known about the hop into the workers' array.
void NextHops::publish(NextHopId id) {
    const Hop& hop = hops_[id];
    const LinkIndex link = hop.local ? link_of(hop.key.neighbour) : hop.key.link;
    const MediaDevice* device = device_of(link);
    NextHop entry;
    if (device != nullptr) {
        entry.state = hop.local ? NextHop::State::Local
                      : hop.mac ? NextHop::State::Reachable
                                : NextHop::State::Resolving;
        entry.port = device->port;
        entry.mtu = device->mtu;
        entry.source = device->mac;
        entry.destination = hop.local ? device->mac : hop.mac.value_or(MacAddress{});
    }
    table_.store(id, entry);
}

void NextHops::resolve(NextHopId id) {
    const HopKey key = hops_[id].key;
    if (const auto kept = kernel_.keep_neighbour(key.link, key.neighbour); !kept) {
        log::component("next_hop")
            .warn("neighbour_failed address={} reason=\"{}\"", key.neighbour.text(),
                  kept.error().text());
    }
    if (const auto known = kernel_.neighbour(key.link, key.neighbour)) {
        learn(hops_[id], id, *known);
    }
}

void NextHops::learn(Hop& hop, NextHopId id, const std::optional<Neighbour>& neighbour) {
    hop.fixed = neighbour && neighbour->fixed;
    if (!neighbour || !neighbour->mac || hop.mac == neighbour->mac) return;
    const bool first = !hop.mac.has_value();
    hop.mac = neighbour->mac;
    publish(id);
    if (first && listener_.on_reachable) listener_.on_reachable(id);
}

void NextHops::route_all() {
    routes_changed_ = false;
    // A route that is gone may come back in a moment: until then the old way is the best one.
    for (auto& [key, way] : ways_) static_cast<void>(route(key, way));
}

Status NextHops::route(const WayKey& key, Way& way) {
    const auto hop_key = find_hop_key(key.first, key.second);
    if (!hop_key) return std::unexpected(hop_key.error());
    if (way.hop != kNoNextHop && *hop_key == hops_[way.hop].key) return {};
    const auto hop = take_hop(*hop_key);
    if (!hop) return std::unexpected(hop.error());
    LeftHop left(*this, std::exchange(way.hop, *hop));
    // One that nobody holds is only being taken.
    if (way.references != 0 && listener_.on_rerouted) {
        listener_.on_rerouted(key.first, key.second, std::move(left));
    }
    return {};
}

void NextHops::resolve_all(bool resolved_too) {
    // What the listener does may take and drop next hops: walk over a copy.
    std::vector<NextHopId> ids;
    for (const auto& [key, id] : hop_ids_) {
        if (!hops_[id].local && (resolved_too || !hops_[id].mac)) ids.push_back(id);
    }
    for (const NextHopId id : ids) {
        if (hops_[id].references > 0) resolve(id);
    }
}

void NextHops::on_link(const Link& link) {
    const auto device = std::find_if(devices_.begin(), devices_.end(),
                                     [&link](const auto& d) { return d.link == link.index; });
    if (device == devices_.end()) return;
    const auto mtu = static_cast<std::uint16_t>(std::min<std::uint32_t>(link.mtu, 0xffff));
    if (device->mac == link.mac && device->mtu == mtu) return;
    device->mac = link.mac;
    device->mtu = mtu;
    for (const auto& [key, id] : hop_ids_) publish(id);
}

void NextHops::on_event(const NetlinkEvent& event) {
    if (const auto* changed = std::get_if<NeighbourChanged>(&event)) {
        const auto at = hop_ids_.find({changed->neighbour.link, changed->neighbour.address});
        if (at == hop_ids_.end()) return;
        const NextHopId id = at->second;
        // Somebody flushed the entry, and the kernel's promise to keep it with it; or it is no
        // longer fixed, and such a promise was never asked for.
        const bool loose = hops_[id].fixed && !changed->neighbour.fixed;
        if (changed->neighbour.removed || loose)
            resolve(id);
        else
            learn(hops_[id], id, changed->neighbour);
    } else if (const auto* link = std::get_if<LinkChanged>(&event)) {
        if (!link->removed) on_link(link->link);
    } else if (std::holds_alternative<EventsLost>(event)) {
        routes_changed_ = true;
        resolve_all(true);
    } else {
        routes_changed_ = true;
    }
}

void NextHops::refresh() {
    if (routes_changed_) route_all();
    resolve_all(!kernel_.keeps_neighbours());
}

}  // namespace portcullis::relay
