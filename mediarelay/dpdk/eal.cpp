// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/dpdk/eal.hpp"

#include <pthread.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>

#include <atomic>
#include <utility>

#include "mediarelay/dpdk/errc.hpp"

namespace portcullis::relay::dpdk {

namespace {

// rte_eal_init may be called once per process; after rte_eal_cleanup it refuses.
std::atomic<bool> started{false};

// EAL pins its caller to the control lcore; signals, sockets and timers of the control thread shall
// run wherever they did before.
class AffinityKeeper {
 public:
    AffinityKeeper() {
        valid_ = ::pthread_getaffinity_np(::pthread_self(), sizeof set_, &set_) == 0;
    }
    ~AffinityKeeper() {
        if (valid_) (void)::pthread_setaffinity_np(::pthread_self(), sizeof set_, &set_);
    }
    AffinityKeeper(const AffinityKeeper&) = delete;
    AffinityKeeper& operator=(const AffinityKeeper&) = delete;

 private:
    ::cpu_set_t set_{};
    bool valid_ = false;
};

std::string advice(const EalOptions& options, int error) {
    const std::string memory = std::to_string(options.memory_mib) + " MiB";
    std::string text = rte_strerror(error);
    if (options.huge_pages) {
        text += "; " + memory + " of hugepages are needed: reserve them (sysctl vm.nr_hugepages=" +
                std::to_string((options.memory_mib + 1) / 2) +
                "), run as root, or run without hugepages";
    } else {
        text += "; " + memory + " of memory are needed, and root or CAP_NET_ADMIN, CAP_NET_RAW";
    }
    return text;
}

}  // namespace

std::vector<std::string> Eal::arguments(const EalOptions& options) {
    std::vector<std::string> arguments{
        options.program,
        "-l",
        std::to_string(options.control_cpu),
        "-m",
        std::to_string(options.memory_mib),
        "--no-pci",
        "--no-telemetry",
        "--file-prefix=" + options.file_prefix,
        options.debug_log ? "--log-level=*:debug" : "--log-level=*:error",
    };
    // Nothing of ours is shared with another process, and nothing shall be left in the file system
    // when this one is killed. EAL knows --in-memory with hugepages only.
    if (options.huge_pages) {
        arguments.emplace_back("--in-memory");
    } else {
        arguments.emplace_back("--no-huge");
        arguments.emplace_back("--no-shconf");
    }
    if (!options.driver_directory.empty()) {
        arguments.emplace_back("-d");
        arguments.push_back(options.driver_directory);
    }
    arguments.insert(arguments.end(), options.extra.begin(), options.extra.end());
    return arguments;
}

Result<Eal> Eal::start(const EalOptions& options) {
    if (started.exchange(true)) return fail(Errc::AlreadyInited);
    std::vector<std::string> words = arguments(options);
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    const AffinityKeeper keeper;
    if (rte_eal_init(static_cast<int>(words.size()), argv.data()) < 0) {
        return fail(Errc::EalInit, advice(options, rte_errno));
    }
    return Eal();
}

Eal::Eal(Eal&& other) noexcept : owns_(std::exchange(other.owns_, false)) {}

Eal::~Eal() {
    if (owns_) (void)rte_eal_cleanup();
}

}  // namespace portcullis::relay::dpdk
