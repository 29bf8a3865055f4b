// SPDX-License-Identifier: BSD-2-Clause
// XdpProgramFile: the compiled XDP program, carried inside the binary, under a path for DPDK.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"

namespace portcullis::relay {

// The ELF object of media_redirect.bpf.c.
[[nodiscard]] std::span<const std::byte> xdp_program_bytes();

// The bytes in anonymous memory; the path is good for this process while the object lives.
class XdpProgramFile {
 public:
    // Errors: Xdp.
    [[nodiscard]] static Result<XdpProgramFile> create();
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
    explicit XdpProgramFile(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace portcullis::relay
