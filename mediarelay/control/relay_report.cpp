// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/relay_report.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

namespace portcullis::relay {

namespace {

using nlohmann::json;

// One metric family: its head is written once, then its samples.
class Family {
 public:
    Family(std::string& out, const char* name, const char* type, const char* help)
        : out_(out), name_(name) {
        fmt::format_to(std::back_inserter(out_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help,
                       type);
    }
    template <class Number>
    void sample(const std::string& labels, Number value) {
        out_ += name_;
        if (!labels.empty()) out_ += "{" + labels + "}";
        fmt::format_to(std::back_inserter(out_), " {}\n", value);
    }

 private:
    std::string& out_;
    const char* name_;
};

void packet_metrics(std::string& out, const RelayReport& report) {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::array<std::uint64_t, kOutcomeCount> outcomes{};
    for (const auto& worker : report.workers) {
        received += worker.rx_frames;
        sent += worker.tx_frames;
        for (std::size_t i = 0; i < kOutcomeCount; ++i) outcomes[i] += worker.outcomes[i];
    }
    Family packets(out, "portcullis_media_packets_total", "counter",
                   "Frames received from and sent to devices, and what became of the others.");
    packets.sample("result=\"received\"", received);
    packets.sample("result=\"sent\"", sent);
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
        if (kOutcomes[i].is_drop) continue;
        packets.sample(fmt::format("result=\"{}\"", kOutcomes[i].label), outcomes[i]);
    }
    Family drops(out, "portcullis_media_drops_total", "counter", "Packets dropped, by reason.");
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
        if (!kOutcomes[i].is_drop) continue;
        drops.sample(fmt::format("reason=\"{}\"", kOutcomes[i].label), outcomes[i]);
    }
}

void device_metrics(std::string& out, const RelayReport& report) {
    Family up(out, "portcullis_media_device_up", "gauge", "1 while the relay drives the device.");
    for (const auto& device : report.devices) {
        up.sample(fmt::format("device=\"{}\",driver=\"{}\"", device.device, device.driver),
                  device.driver.empty() ? 0 : 1);
    }
    Family missed(out, "portcullis_media_device_missed_total", "counter",
                  "Frames that the device dropped for want of buffers.");
    for (const auto& device : report.devices) {
        missed.sample(fmt::format("device=\"{}\"", device.device), device.rx_missed);
    }
    Family attached(out, "portcullis_media_xdp_attached", "gauge",
                    "1 while our XDP program is on the device; 0: media does not reach the relay.");
    for (const auto& device : report.devices) {
        if (device.xdp_mode.empty()) continue;
        attached.sample(fmt::format("device=\"{}\"", device.device), device.xdp_attached ? 1 : 0);
    }
    Family lost(out, "portcullis_media_xdp_lost_total", "counter",
                "Times that our XDP program was found taken off or replaced.");
    for (const auto& device : report.devices) {
        if (device.xdp_mode.empty()) continue;
        lost.sample(fmt::format("device=\"{}\"", device.device), device.xdp_losses);
    }
    Family xdp(out, "portcullis_media_xdp_frames_total", "counter",
               "Frames that the XDP program judged, by verdict.");
    for (const auto& device : report.devices) {
        for (const auto& [verdict, frames] : device.xdp_frames) {
            xdp.sample(fmt::format("device=\"{}\",verdict=\"{}\"", device.device, verdict), frames);
        }
    }
}

// A pool that moved is there twice, as it was and as it is: one series must not be.
void pool_metrics(std::string& out, const RelayReport& report) {
    std::map<std::string, PortAllocator::Counts> sums;
    for (const auto& pool : report.pools) {
        auto& sum = sums[pool.name];
        sum.used += pool.counts.used;
        sum.free += pool.draining ? 0 : pool.counts.free;  // nobody draws from it
        sum.quarantined += pool.counts.quarantined;
    }
    Family ports(out, "portcullis_media_ports", "gauge", "Port pairs of a media pool, by state.");
    for (const auto& [name, sum] : sums) {
        ports.sample(fmt::format("pool=\"{}\",state=\"used\"", name), sum.used);
        ports.sample(fmt::format("pool=\"{}\",state=\"free\"", name), sum.free);
        ports.sample(fmt::format("pool=\"{}\",state=\"quarantined\"", name), sum.quarantined);
    }
}

json endpoint_json(const std::optional<Endpoint>& endpoint) {
    return endpoint ? json(endpoint->text()) : json(nullptr);
}

json stream_json(const SessionRecord& session, const StreamKey& key, const StreamRecord& stream,
                 const relay_api::StreamStats* stats) {
    const LegRecord& leg = session.legs.at(key.first);
    json out{{"leg", key.first.value},
             {"stream", key.second},
             {"pool", leg.pool},
             {"local", Endpoint{leg.address, stream.ports.port()}.text()},
             {"rtcp_mux", !stream.rtcp.has_value()},
             {"remote", endpoint_json(stream.spec.rtp_remote)},
             {"staged", stream.staged.has_value()}};
    if (stats != nullptr) {
        out["latched"] = endpoint_json(stats->rtp_latched);
        out["rtcp_latched"] = endpoint_json(stats->rtcp_latched);
        out["rx_packets"] = stats->rx_packets;
        out["tx_packets"] = stats->tx_packets;
        out["rx_lost"] = stats->rx_lost;
        out["rx_jitter_us"] = stats->rx_jitter_us;
        out["rx_rejected"] = stats->rx_rejected;
        out["mos"] = static_cast<double>(stats->mos_x100) / 100.0;
    }
    return out;
}

}  // namespace

std::string status_json(const RelayReport& report) {
    json workers = json::array();
    for (const auto& worker : report.workers) {
        workers.push_back({{"id", worker.id},
                           {"flows", worker.flows},
                           {"busy_ratio", worker.busy_ratio},
                           {"rx_frames", worker.rx_frames},
                           {"tx_frames", worker.tx_frames}});
    }
    json devices = json::array();
    for (const auto& device : report.devices) {
        devices.push_back(
            {{"device", device.device},
             {"driver", device.driver.empty() ? json(nullptr) : json(device.driver)},
             {"xdp_mode", device.xdp_mode.empty() ? json(nullptr) : json(device.xdp_mode)},
             {"xdp_foreign", device.xdp_foreign.empty() ? json(nullptr) : json(device.xdp_foreign)},
             {"open", !device.driver.empty()},
             {"link_up", device.up},
             {"rx_packets", device.rx_packets},
             {"tx_packets", device.tx_packets},
             {"rx_missed", device.rx_missed}});
    }
    json pools = json::array();
    for (const auto& pool : report.pools) {
        pools.push_back({{"name", pool.name},
                         {"address", pool.address},
                         {"port_min", pool.ports.first},
                         {"port_max", pool.ports.last},
                         {"draining", pool.draining},
                         {"used", pool.counts.used},
                         {"free", pool.counts.free},
                         {"quarantined", pool.counts.quarantined}});
    }
    return json{
        {"daemon", "mediarelay"},
        {"version", PORTCULLIS_VERSION},
        {"epoch", report.epoch},
        {"uptime_s", report.uptime_s},
        {"config", {{"applied", report.applied.value}, {"prepared", report.prepared.value}}},
        {"sessions", report.sessions},
        {"next_hops", report.next_hops},
        {"memory",
         {{"huge_pages", report.huge_pages},
          {"memory_mb", report.memory_mb},
          {"buffers_available", report.mempool_available},
          {"buffers_in_use", report.mempool_in_use}}},
        {"workers", workers},
        {"interfaces", devices},
        {"pools", pools}}
        .dump();
}

std::string metrics_text(const RelayReport& report) {
    std::string out;
    Family(out, "portcullis_media_sessions", "gauge", "Media sessions installed.")
        .sample("", report.sessions);
    pool_metrics(out, report);
    packet_metrics(out, report);
    device_metrics(out, report);
    Family(out, "portcullis_media_mempool_available", "gauge", "Packet buffers that are free.")
        .sample("", report.mempool_available);
    Family busy(out, "portcullis_media_worker_busy_ratio", "gauge",
                "Share of the last second that a worker did not sleep.");
    for (const auto& worker : report.workers) {
        busy.sample(fmt::format("worker=\"{}\"", worker.id), worker.busy_ratio);
    }
    Family lost(out, "portcullis_media_worker_events_dropped_total", "counter",
                "Events that a worker could not report.");
    for (const auto& worker : report.workers) {
        lost.sample(fmt::format("worker=\"{}\"", worker.id), worker.events_dropped);
    }
    return out;
}

std::string sessions_json(const SessionManager& sessions) {
    json list = json::array();
    sessions.for_each([&](const SessionRecord& session) {
        const auto stats = sessions.stats(session.id);
        json streams = json::array();
        std::size_t index = 0;
        for (const auto& [key, stream] : session.streams) {
            const auto* figures = index < stats.streams.size() ? &stats.streams[index] : nullptr;
            ++index;
            streams.push_back(stream_json(session, key, stream, figures));
        }
        list.push_back({{"session", session.id.value},
                        {"generation", session.generation},
                        {"instance", session.owner.instance},
                        {"worker", session.worker},
                        {"media_timed_out", session.timed_out},
                        {"streams", streams}});
    });
    return list.dump();
}

}  // namespace portcullis::relay
