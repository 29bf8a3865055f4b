// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/xdp/xdp_program.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay {

Result<XdpProgramFile> XdpProgramFile::create() {
    UniqueFd fd(::memfd_create("portcullis-xdp", MFD_CLOEXEC));
    auto bytes = xdp_program_bytes();
    while (fd && !bytes.empty()) {
        const auto written = ::write(fd.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    if (!fd || !bytes.empty()) {
        return fail(KernelErrc::Xdp, "program file: " + std::generic_category().message(errno));
    }
    return XdpProgramFile(std::move(fd));
}

}  // namespace portcullis::relay
