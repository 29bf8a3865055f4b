// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/privileges.hpp"

#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <utility>

namespace portcullis::relay {

namespace {

// A number of /proc/meminfo by its key; 0 when it is not there.
std::uint64_t meminfo(const std::string& wanted) {
    std::ifstream file("/proc/meminfo");
    std::string key;
    std::uint64_t value = 0;
    std::string rest;
    while (file >> key >> value) {
        std::getline(file, rest);
        if (key == wanted) return value;
    }
    return 0;
}

cpu_set_t allowed_cpus() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof(set), &set) != 0) CPU_SET(0, &set);
    return set;
}

}  // namespace

std::string missing_capabilities() {
    constexpr std::array<std::pair<unsigned, const char*>, 2> kNeeded{
        {{CAP_NET_ADMIN, "CAP_NET_ADMIN"}, {CAP_NET_RAW, "CAP_NET_RAW"}}};
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0) return {};
    std::string missing;
    for (const auto& [bit, name] : kNeeded) {
        if ((data[bit / 32].effective & (1U << (bit % 32))) != 0) continue;
        if (!missing.empty()) missing += ", ";
        missing += name;
    }
    return missing;
}

bool hugepages_available(std::uint32_t memory_mb) {
    return meminfo("HugePages_Free:") * meminfo("Hugepagesize:") / 1024 >= memory_mb;
}

std::uint32_t available_memory_mb() {
    return static_cast<std::uint32_t>(meminfo("MemAvailable:") / 1024);
}

bool may_run_on(std::uint32_t cpu) {
    const cpu_set_t set = allowed_cpus();
    return cpu < CPU_SETSIZE && CPU_ISSET(cpu, &set);
}

std::uint32_t first_cpu() {
    for (std::uint32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (may_run_on(cpu)) return cpu;
    }
    return 0;
}

void raise_memory_lock_limit() {
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_MEMLOCK, &limit);
}

}  // namespace portcullis::relay
