// SPDX-License-Identifier: BSD-2-Clause
// Eal: DPDK's environment, started without devices and ended with the object.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace portcullis::relay::dpdk {

struct EalOptions {
    std::string program = "portcullis-mediarelay";
    std::string file_prefix = "portcullis";
    bool huge_pages = true;
    std::uint32_t memory_mib = 256;
    std::uint32_t control_cpu = 0;   // EAL wants one lcore; the caller's affinity is restored
    std::string driver_directory{};  // empty: the directory DPDK was built with
    bool debug_log = false;
    std::vector<std::string> extra{};  // more EAL arguments, verbatim
};

// One per process, made first and destroyed last. Starts no thread of its own: workers register
// theirs (lcore.hpp). Ports are attached later (port.hpp).
class Eal {
 public:
    // Errors: EalInit with what an operator can do (hugepages missing, no privilege),
    // AlreadyInited.
    [[nodiscard]] static Result<Eal> start(const EalOptions& options);
    // The argument vector that `options` mean, program name first.
    [[nodiscard]] static std::vector<std::string> arguments(const EalOptions& options);

    Eal(Eal&& other) noexcept;
    Eal& operator=(Eal&&) = delete;
    Eal(const Eal&) = delete;
    Eal& operator=(const Eal&) = delete;
    ~Eal();

 private:
    Eal() = default;
    bool owns_ = true;
};

}  // namespace portcullis::relay::dpdk
