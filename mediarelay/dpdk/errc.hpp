// SPDX-License-Identifier: BSD-2-Clause
// Error codes of the DPDK wrappers.
#pragma once

#include <system_error>

namespace portcullis::relay::dpdk {

enum class Errc {
    EalInit = 1,    // rte_eal_init refused; the detail says what to do
    AlreadyInited,  // EAL can be started once per process
    NoMemory,
    AttachFailed,  // the device could not be probed
    NoSuchPort,
    ConfigureFailed,
    StartFailed,
    ThreadFailed
};

[[nodiscard]] std::error_code make_error_code(Errc code);

}  // namespace portcullis::relay::dpdk

template <>
struct std::is_error_code_enum<portcullis::relay::dpdk::Errc> : std::true_type {};
