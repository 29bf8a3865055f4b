// SPDX-License-Identifier: BSD-2-Clause
// NextHops: the way from each media address to each peer, resolved by the kernel and kept current
// in the array that workers index.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/net/endpoint.hpp"
#include "mediarelay/kernel/kernel_network.hpp"
#include "mediarelay/kernel/media_range.hpp"
#include "mediarelay/kernel/netlink_events.hpp"
#include "mediarelay/kernel/next_hop_table.hpp"

namespace portcullis::relay {

// A device that the relay drives.
struct MediaDevice {
    LinkIndex link = 0;
    std::uint16_t port = 0;  // DPDK port id
    MacAddress mac{};
    std::uint16_t mtu = 1500;  // bytes

    bool operator==(const MediaDevice&) const = default;
};

// A media range of ours and the device it is on.
struct LocalMedia {
    MediaRange range;
    LinkIndex link = 0;
};

class NextHops;

// A counted reference to a next hop that a way has left, for as long as workers may still send by
// it. Move-only. The NextHops it came from outlives it.
class LeftHop {
 public:
    LeftHop(NextHops& hops, NextHopId id) : hops_(&hops), id_(id) {}
    LeftHop(LeftHop&& other) noexcept
        : hops_(std::exchange(other.hops_, nullptr)), id_(other.id_) {}
    LeftHop& operator=(LeftHop&& other) noexcept {
        std::swap(hops_, other.hops_);
        std::swap(id_, other.id_);
        return *this;
    }
    LeftHop(const LeftHop&) = delete;
    LeftHop& operator=(const LeftHop&) = delete;
    ~LeftHop();

 private:
    NextHops* hops_;
    NextHopId id_;
};

// One per process, control thread. A *way* is the pair (our address, peer's address); many ways
// share a *next hop*, the neighbour that frames are addressed to: a gateway's new MAC address is
// one write. Ways are counted references. A next hop that was resolved once keeps its last MAC
// address while the kernel probes anew, so a lost ARP answer never stops media.
class NextHops {
 public:
    struct Listener {
        // A next hop that was not resolved has its MAC address now.
        std::function<void(NextHopId)> on_reachable;
        // Routing changed, or a way that waited has a route: packets from `local` to `remote` go by
        // another next hop from now on. The one before stays valid as long as `left` lives.
        std::function<void(const IpAddress& local, const IpAddress& remote, LeftHop left)>
            on_rerouted;
    };

    NextHops(KernelNetwork& kernel, NextHopTable& table);

    void set_listener(Listener listener) { listener_ = std::move(listener); }
    // What the relay drives and owns from now on; ways that exist are routed again.
    void configure(std::vector<MediaDevice> devices, std::vector<LocalMedia> media);

    // Takes a reference to the way from `local` (a media address) to `remote`; the next hop may
    // still be unresolved: reachable(). Errors: NoRoute for a remote that has no route, leaves by a
    // device that is not ours, or may not be sent to (loopback, link-local, multicast, broadcast,
    // and our own addresses but for media ports of ours).
    [[nodiscard]] Result<NextHopId> acquire(const IpAddress& local, const Endpoint& remote);
    // As acquire(), but a way that does not lead anywhere yet (its interface is not open, its route
    // is gone) waits with kNoNextHop until it does: on_rerouted. Errors: NoRoute for a remote that
    // may not be sent to.
    [[nodiscard]] Result<NextHopId> acquire_waiting(const IpAddress& local, const Endpoint& remote);
    // Gives one reference back. Unknown ways are ignored.
    void release(const IpAddress& local, const IpAddress& remote);
    // The next hop of a way now; kNoNextHop for one that nobody holds.
    [[nodiscard]] NextHopId hop_of(const IpAddress& local, const IpAddress& remote) const;
    [[nodiscard]] bool reachable(NextHopId id) const;
    // Ways and next hops in use.
    [[nodiscard]] std::size_t way_count() const { return ways_.size(); }
    [[nodiscard]] std::size_t hop_count() const { return hop_ids_.size(); }

    void on_event(const NetlinkEvent& event);
    // Call every second or so: routes again what changed, probes what is unresolved, and on kernels
    // without managed neighbours what is in use.
    void refresh();

 private:
    friend class LeftHop;
    // Local: link is 0, address the media address of ours.
    struct HopKey {
        LinkIndex link = 0;
        IpAddress neighbour;
        auto operator<=>(const HopKey&) const = default;
    };
    struct Hop {
        HopKey key;
        std::uint32_t references = 0;
        std::optional<MacAddress> mac;
        bool local = false;
        bool fixed = false;  // as the kernel's entry: nothing keeps it resolved, nor need it
    };
    struct Way {
        NextHopId hop = kNoNextHop;
        std::uint32_t references = 0;
    };
    using WayKey = std::pair<IpAddress, IpAddress>;

    [[nodiscard]] Result<HopKey> find_hop_key(const IpAddress& local, const IpAddress& remote);
    [[nodiscard]] Status check_target(const Endpoint& remote) const;
    [[nodiscard]] Result<NextHopId> take_hop(const HopKey& key);
    void drop_hop(NextHopId id);
    // Brings the way onto the next hop that routing says, if any.
    [[nodiscard]] Status route(const WayKey& key, Way& way);
    void publish(NextHopId id);
    void resolve(NextHopId id);
    void learn(Hop& hop, NextHopId id, const std::optional<Neighbour>& neighbour);
    void resolve_all(bool resolved_too);
    void route_all();
    void on_link(const Link& link);
    [[nodiscard]] const MediaDevice* device_of(LinkIndex link) const;
    [[nodiscard]] LinkIndex link_of(const IpAddress& local) const;

    KernelNetwork& kernel_;
    NextHopTable& table_;
    Listener listener_;
    std::vector<MediaDevice> devices_;
    std::vector<LocalMedia> media_;
    std::map<WayKey, Way> ways_;
    std::map<HopKey, NextHopId> hop_ids_;
    std::vector<Hop> hops_;         // by id; entry 0 is not used
    std::deque<NextHopId> unused_;  // the longest unused first: a worker may still hold an id
    bool routes_changed_ = false;
};

}  // namespace portcullis::relay
