// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/xdp/xdp_hook.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <cerrno>

#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay {

std::string XdpProgram::text() const {
    return "program id " + std::to_string(id) + " name \"" + name + "\"";
}

std::unexpected<Error> xdp_failed(int error, const std::string& what) {
    if (error == EPERM || error == EACCES) {
        return fail(KernelErrc::NoPrivilege,
                    what + ": XDP needs CAP_NET_ADMIN, CAP_BPF and CAP_SYS_ADMIN");
    }
    return fail(KernelErrc::Xdp, what + ": " + std::generic_category().message(error));
}

Result<std::optional<XdpProgram>> program_on(const Link& link) {
    LIBBPF_OPTS(bpf_xdp_query_opts, query);
    if (const int error = bpf_xdp_query(link.index, 0, &query); error != 0) {
        return xdp_failed(-error, "interface " + link.name);
    }
    XdpProgram program;
    const bool generic = query.drv_prog_id == 0 && query.skb_prog_id != 0;
    program.id = query.drv_prog_id != 0   ? query.drv_prog_id
                 : query.skb_prog_id != 0 ? query.skb_prog_id
                                          : query.prog_id;
    if (program.id == 0) return std::nullopt;
    program.flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
    program.fd = UniqueFd(bpf_prog_get_fd_by_id(program.id));
    const std::string what = "program " + std::to_string(program.id) + " on " + link.name;
    if (!program.fd) return xdp_failed(errno, what);
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    if (const int error = bpf_obj_get_info_by_fd(program.fd.get(), &info, &size)) {
        return xdp_failed(-error, what);
    }
    program.name = info.name;
    return program;
}

Status attach_program(const Link& link, const XdpProgram& program) {
    const int error = bpf_xdp_attach(link.index, program.fd.get(),
                                     program.flags | XDP_FLAGS_UPDATE_IF_NOEXIST, nullptr);
    if (error != 0) return xdp_failed(-error, "attach " + program.text() + " to " + link.name);
    return {};
}

Status detach_program(const Link& link, const XdpProgram& program) {
    LIBBPF_OPTS(bpf_xdp_attach_opts, options);
    options.old_prog_fd = program.fd.get();
    const int error = bpf_xdp_detach(link.index, program.flags | XDP_FLAGS_REPLACE, &options);
    if (error != 0) return xdp_failed(-error, "detach " + program.text() + " from " + link.name);
    return {};
}

}  // namespace portcullis::relay
