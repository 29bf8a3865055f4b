// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/dpdk/errc.hpp"

#include <string>

namespace portcullis::relay::dpdk {

namespace {

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "dpdk"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::EalInit:
                return "DPDK does not start";
            case Errc::AlreadyInited:
                return "DPDK was started before in this process";
            case Errc::NoMemory:
                return "not enough packet memory";
            case Errc::AttachFailed:
                return "network device can not be attached";
            case Errc::NoSuchPort:
                return "no such port";
            case Errc::ConfigureFailed:
                return "network device can not be configured";
            case Errc::StartFailed:
                return "network device does not start";
            case Errc::ThreadFailed:
                return "worker thread does not start";
        }
        return "unknown error";
    }
};

}  // namespace

std::error_code make_error_code(Errc code) {
    static const Category category;
    return {static_cast<int>(code), category};
}

}  // namespace portcullis::relay::dpdk
