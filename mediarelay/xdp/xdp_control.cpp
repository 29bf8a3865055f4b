// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/xdp/xdp_control.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/base/log.hpp"
#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay {

namespace {

constexpr std::string_view kProgramName = "pc_media_redir";
constexpr std::uint32_t kSlots = 256;
constexpr std::size_t kCounters = 5;
constexpr std::uint32_t kMaxMaps = 32;

bool is_ours(const XdpProgram& program) { return program.name == kProgramName; }

void set_port(std::span<std::uint8_t> bitmap, std::uint32_t port) {
    bitmap[port / 8] = static_cast<std::uint8_t>(bitmap[port / 8] | (1U << (port % 8)));
}

// What the program's LPM trie is keyed by.
struct SourcePrefix {
    std::uint32_t length = 0;
    std::array<std::uint8_t, 16> address{};
};
static_assert(sizeof(SourcePrefix) == 20);

}  // namespace

XdpControl::Key XdpControl::key_of(const IpAddress& address) {
    Key key{};
    const auto bytes = address.bytes();
    if (address.is_v4()) key[10] = key[11] = 0xff;
    std::memcpy(key.data() + (key.size() - bytes.size()), bytes.data(), bytes.size());
    return key;
}

Status XdpControl::remove_leftover(const Link& link) {
    const auto found = program_on(link);
    if (!found) return std::unexpected(found.error());
    if (!*found) return {};
    const XdpProgram& program = **found;
    if (!is_ours(program)) {
        return fail(KernelErrc::ForeignXdpProgram, program.text() + " on " + link.name +
                                                       "; detach it (ip link set dev " + link.name +
                                                       " xdp off) or use driver af_packet");
    }
    log::component("xdp").info("leftover_detached interface={} program={}", link.name, program.id);
    return detach_program(link, program);
}

Result<XdpControl> XdpControl::find(const Link& link) {
    auto found = program_on(link);
    if (!found) return std::unexpected(found.error());
    if (!*found || !is_ours(**found)) {
        return fail(KernelErrc::Xdp, "the driver attached no program to " + link.name);
    }
    XdpControl control;
    control.link_ = link;
    control.program_ = std::move(**found);
    control.mode_ = control.program_.flags == XDP_FLAGS_SKB_MODE ? "generic" : "native";

    std::array<std::uint32_t, kMaxMaps> ids{};
    bpf_prog_info info{};
    info.nr_map_ids = kMaxMaps;
    info.map_ids = reinterpret_cast<std::uintptr_t>(ids.data());
    std::uint32_t size = sizeof(info);
    if (const int error = bpf_obj_get_info_by_fd(control.program_.fd.get(), &info, &size)) {
        return xdp_failed(-error, "maps of " + link.name);
    }
    for (std::uint32_t i = 0; i < std::min(info.nr_map_ids, kMaxMaps); ++i) {
        UniqueFd map(bpf_map_get_fd_by_id(ids[i]));
        bpf_map_info map_info{};
        std::uint32_t map_size = sizeof(map_info);
        if (!map || bpf_obj_get_info_by_fd(map.get(), &map_info, &map_size) != 0) continue;
        const std::string_view name = map_info.name;
        if (name == "media_addresses")
            control.addresses_ = std::move(map);
        else if (name == "media_ports")
            control.ports_ = std::move(map);
        else if (name == "banned_sources")
            control.bans_ = std::move(map);
        else if (name == "counters")
            control.counters_ = std::move(map);
    }
    if (!control.addresses_ || !control.ports_ || !control.bans_ || !control.counters_) {
        return fail(KernelErrc::Xdp, "the program on " + link.name + " lacks a map");
    }
    return control;
}

Status XdpControl::write_ports(std::uint32_t slot, const PortBitmap& ports) {
    if (const int error = bpf_map_update_elem(ports_.get(), &slot, ports.data(), BPF_ANY)) {
        return xdp_failed(-error, "media ports of " + link_.name);
    }
    return {};
}

Result<std::uint32_t> XdpControl::slot_for(const Key& key) const {
    if (const auto at = slots_.find(key); at != slots_.end()) return at->second;
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
        const bool taken = std::any_of(slots_.begin(), slots_.end(),
                                       [slot](const auto& entry) { return entry.second == slot; });
        if (!taken) return slot;
    }
    return fail(KernelErrc::Xdp, "more than " + std::to_string(kSlots) + " media addresses");
}

Status XdpControl::apply(const std::vector<MediaRange>& ranges) {
    std::map<Key, PortBitmap> wanted;
    for (const auto& range : ranges) {
        auto& bitmap = wanted[key_of(range.address)];
        for (std::uint32_t port = range.ports.first; port <= range.ports.last; ++port) {
            set_port(bitmap, port);
        }
    }
    for (const auto& [key, bitmap] : wanted) {
        const auto slot = slot_for(key);
        if (!slot) return std::unexpected(slot.error());
        if (const auto written = write_ports(*slot, bitmap); !written) return written;
        if (const int error = bpf_map_update_elem(addresses_.get(), &key, &*slot, BPF_ANY)) {
            return xdp_failed(-error, "media addresses of " + link_.name);
        }
        slots_[key] = *slot;
    }
    std::erase_if(slots_, [&](const auto& entry) {
        if (wanted.contains(entry.first)) return false;
        bpf_map_delete_elem(addresses_.get(), &entry.first);
        return true;
    });
    return {};
}

Status XdpControl::set_bans(const std::vector<Cidr>& sources) {
    const auto prefix_of = [](const Cidr& source) {
        SourcePrefix prefix;
        prefix.length = source.length + (source.network.is_v4() ? 96U : 0U);
        prefix.address = key_of(source.network);
        return prefix;
    };
    for (const auto& source : sources) {
        const SourcePrefix prefix = prefix_of(source);
        const std::uint32_t value = 1;
        if (const int error = bpf_map_update_elem(bans_.get(), &prefix, &value, BPF_ANY)) {
            return xdp_failed(-error, "banned sources of " + link_.name);
        }
    }
    for (const auto& source : banned_) {
        if (std::find(sources.begin(), sources.end(), source) != sources.end()) continue;
        const SourcePrefix prefix = prefix_of(source);
        bpf_map_delete_elem(bans_.get(), &prefix);
    }
    banned_ = sources;
    return {};
}

XdpCounters XdpControl::counters() const {
    std::array<std::uint64_t, kCounters> sums{};
    std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
    for (std::uint32_t key = 0; key < kCounters; ++key) {
        if (bpf_map_lookup_elem(counters_.get(), &key, per_cpu.data()) != 0) continue;
        for (const auto count : per_cpu) sums[key] += count;
    }
    return {sums[0], sums[1], sums[2], sums[3], sums[4]};
}

void XdpControl::watch() {
    auto found = program_on(link_);
    if (!found) return;  // a program that just went, or the whole interface: seen next time
    auto logger = log::component("xdp");
    const bool known = !attached_;
    if (*found && (*found)->id == program_.id) {
        attached_ = true;
        foreign_.reset();
        return;
    }
    if (std::exchange(attached_, false)) ++losses_;
    if (*found) {
        const std::uint32_t id = (*found)->id;
        if (!foreign_ || foreign_->id != id) {
            logger.error("program_replaced interface={} by_id={} by_name={} media=lost", link_.name,
                         id, (*found)->name);
        }
        foreign_ = std::move(*found);
        return;
    }
    foreign_.reset();
    if (const auto again = attach_program(link_, program_); again) {
        attached_ = true;
        logger.warn("program_attached_again interface={} program={}", link_.name, program_.id);
    } else if (!known) {
        logger.error("program_lost interface={} reason=\"{}\"", link_.name, again.error().text());
    }
}

void XdpControl::detach() {
    auto found = program_on(link_);
    if (!found || !*found) return;
    if ((*found)->id != program_.id) {
        foreign_ = std::move(*found);
    } else if (const auto detached = detach_program(link_, program_); !detached) {
        log::component("xdp").warn("detach_failed interface={} reason=\"{}\"", link_.name,
                                   detached.error().text());
    }
}

void XdpControl::put_foreign_back() {
    if (!foreign_) return;
    const auto found = program_on(link_);
    if (found && !*found) static_cast<void>(attach_program(link_, *foreign_));
}

}  // namespace portcullis::relay
