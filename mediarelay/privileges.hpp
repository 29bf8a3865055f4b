// SPDX-License-Identifier: BSD-2-Clause
// What the process may do and has: capabilities, hugepages, CPUs.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis::relay {

// Names of capabilities that the relay cannot work without and that it lacks: "CAP_NET_RAW";
// empty when all are there.
[[nodiscard]] std::string missing_capabilities();

// Whether that much memory is free in hugepages.
[[nodiscard]] bool hugepages_available(std::uint32_t memory_mb);

// A CPU that this process may run on.
[[nodiscard]] std::uint32_t first_cpu();

[[nodiscard]] bool may_run_on(std::uint32_t cpu);

// What the kernel could give to processes now, in MiB.
[[nodiscard]] std::uint32_t available_memory_mb();

// Locked memory without limit, where that is allowed: AF_XDP pins its buffers.
void raise_memory_lock_limit();

}  // namespace portcullis::relay
