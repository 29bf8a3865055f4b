// SPDX-License-Identifier: BSD-2-Clause
#include "common/ipc/errc.hpp"

namespace portcullis::ipc {
namespace {

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "ipc"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::MalformedFrame:
                return "malformed frame";
            case Errc::Disconnected:
                return "not connected";
            case Errc::TimedOut:
                return "no answer in time";
            case Errc::Overflow:
                return "peer does not read";
            case Errc::BadReply:
                return "unexpected reply";
        }
        return "unknown ipc error";
    }
};

}  // namespace

std::error_code make_error_code(Errc code) {
    static const Category category;
    return {static_cast<int>(code), category};
}

}  // namespace portcullis::ipc
