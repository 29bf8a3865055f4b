// SPDX-License-Identifier: BSD-2-Clause
// The XDP hook of an interface: which program is on it, and putting one there or taking it off.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"
#include "mediarelay/kernel/link.hpp"

namespace portcullis::relay {

// A loaded program, and the mode that it was found attached in.
struct XdpProgram {
    std::uint32_t id = 0;
    std::uint32_t flags = 0;  // XDP_FLAGS_* of its mode
    std::string name;
    UniqueFd fd;

    // For log lines: id and name.
    [[nodiscard]] std::string text() const;
};

// Fails with NoPrivilege or Xdp, by the kernel's `error` (an errno).
[[nodiscard]] std::unexpected<Error> xdp_failed(int error, const std::string& what);

// Empty when the hook is free. Errors: Xdp, NoPrivilege.
[[nodiscard]] Result<std::optional<XdpProgram>> program_on(const Link& link);
// Refused when any program is there. Errors: Xdp, NoPrivilege.
[[nodiscard]] Status attach_program(const Link& link, const XdpProgram& program);
// Refused when another program took its place. Errors: Xdp, NoPrivilege.
[[nodiscard]] Status detach_program(const Link& link, const XdpProgram& program);

}  // namespace portcullis::relay
