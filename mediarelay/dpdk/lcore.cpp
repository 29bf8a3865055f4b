// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/dpdk/lcore.hpp"

#include <pthread.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <sched.h>

#include <future>

#include "mediarelay/dpdk/errc.hpp"

namespace portcullis::relay::dpdk {

namespace {

// Empty when the thread is ready, else what failed.
std::string prepare_thread(const std::string& name, std::optional<std::uint32_t> cpu) {
    (void)::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
    if (cpu) {
        ::cpu_set_t set;
        CPU_ZERO(&set);
        if (*cpu >= CPU_SETSIZE) return "no CPU " + std::to_string(*cpu);
        CPU_SET(*cpu, &set);
        if (::pthread_setaffinity_np(::pthread_self(), sizeof set, &set) != 0) {
            return "no CPU " + std::to_string(*cpu) + " for this process";
        }
    }
    if (rte_thread_register() != 0) {
        return std::string("DPDK has no lcore left: ") + rte_strerror(rte_errno);
    }
    return {};
}

}  // namespace

Result<Lcore> Lcore::start(const std::string& name, std::optional<std::uint32_t> cpu,
                           std::function<void(std::stop_token)> body) {
    std::promise<std::string> prepared;
    std::future<std::string> outcome = prepared.get_future();
    std::jthread thread([name, cpu, body = std::move(body),
                         ready = std::move(prepared)](const std::stop_token& stop) mutable {
        const std::string failure = prepare_thread(name, cpu);
        ready.set_value(failure);
        if (!failure.empty()) return;
        body(stop);
        rte_thread_unregister();
    });
    const std::string failure = outcome.get();
    if (!failure.empty()) return fail(Errc::ThreadFailed, name + ": " + failure);
    return Lcore(std::move(thread));
}

}  // namespace portcullis::relay::dpdk
