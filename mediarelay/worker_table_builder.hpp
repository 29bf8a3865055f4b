// SPDX-License-Identifier: BSD-2-Clause
// Worker tables: the open devices and the pools on them, as each worker is to see them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "mediarelay/control/media_pools.hpp"
#include "mediarelay/datapath/worker_tables.hpp"
#include "mediarelay/media_devices.hpp"

namespace portcullis::relay {

// One table per worker, by WorkerId; kept until every worker has the next set.
using WorkerTableSet = std::shared_ptr<std::vector<std::unique_ptr<WorkerTables>>>;

// `workers` at least 1. Pools whose interface is not open are left out.
[[nodiscard]] WorkerTableSet make_worker_tables(
    const std::vector<std::unique_ptr<OpenDevice>>& open, const MediaPools& media,
    std::size_t workers);

}  // namespace portcullis::relay
