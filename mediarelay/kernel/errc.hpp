// SPDX-License-Identifier: BSD-2-Clause
// Error codes of what the relay asks of the kernel.
#pragma once

#include <system_error>

namespace portcullis::relay {

enum class KernelErrc {
    NoPrivilege = 1,
    NoInterface,
    InterfaceDown,
    NoRoute,
    Netlink,
    Filter,
    Xdp,
    ForeignXdpProgram
};

[[nodiscard]] std::error_code make_error_code(KernelErrc code);

}  // namespace portcullis::relay

template <>
struct std::is_error_code_enum<portcullis::relay::KernelErrc> : std::true_type {};
