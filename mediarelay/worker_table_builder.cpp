// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/worker_table_builder.hpp"

#include <algorithm>

namespace portcullis::relay {

// Queues are dealt out so that the first queue of each further port goes to the next worker; a
// worker without a transmit queue of its own hands its packets to the one that polls queue 0.
WorkerTableSet make_worker_tables(const std::vector<std::unique_ptr<OpenDevice>>& open,
                                  const MediaPools& media, std::size_t workers) {
    auto tables = std::make_shared<std::vector<std::unique_ptr<WorkerTables>>>();
    std::vector<MediaPool> pools;
    for (const auto& pool : media.pools()) {
        const auto device = std::find_if(open.begin(), open.end(), [&pool](const auto& candidate) {
            return candidate->link.name == pool->device;
        });
        if (device == open.end()) continue;
        for (const auto ports : pool->ranges) {
            pools.push_back(
                {pool->index, (*device)->port->id(), 0, pool->address, ports, pool->owners});
        }
    }
    for (std::size_t worker = 0; worker < workers; ++worker) {
        auto table = std::make_unique<WorkerTables>();
        table->pools = PoolTable(pools);
        for (std::size_t index = 0; index < open.size(); ++index) {
            const auto& port = *open[index]->port;
            const MacAddress mac = open[index]->link.mac;
            PortBinding binding;
            binding.port = port.id();
            binding.mac = mac;
            binding.offloads = port.offloads();
            binding.tx_worker = static_cast<WorkerId>(index % workers);
            const auto first =
                static_cast<std::uint16_t>((worker + workers - index % workers) % workers);
            if (first < port.tx_queues()) binding.tx_queue = first;
            if (first < port.rx_queues()) binding.rx_queue = first;
            table->ports.push_back(binding);
            // A device with more queues than there are workers: each polls several.
            for (std::size_t queue = first + workers; queue < port.rx_queues(); queue += workers) {
                binding.rx_queue = static_cast<std::uint16_t>(queue);
                table->ports.push_back(binding);
            }
        }
        tables->push_back(std::move(table));
    }
    return tables;
}

}  // namespace portcullis::relay
