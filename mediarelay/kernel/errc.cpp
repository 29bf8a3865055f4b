// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/errc.hpp"

#include <string>

namespace portcullis::relay {

namespace {

class KernelCategory final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "relay-kernel"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<KernelErrc>(code)) {
            case KernelErrc::NoPrivilege:
                return "missing privilege";
            case KernelErrc::NoInterface:
                return "no such interface";
            case KernelErrc::InterfaceDown:
                return "interface is down";
            case KernelErrc::NoRoute:
                return "no route";
            case KernelErrc::Netlink:
                return "netlink request failed";
            case KernelErrc::Filter:
                return "packet filter cannot be set";
            case KernelErrc::Xdp:
                return "XDP failed";
            case KernelErrc::ForeignXdpProgram:
                return "another XDP program is attached";
        }
        return "unknown error";
    }
};

}  // namespace

std::error_code make_error_code(KernelErrc code) {
    static const KernelCategory category;
    return {static_cast<int>(code), category};
}

}  // namespace portcullis::relay
