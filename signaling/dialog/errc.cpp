// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/errc.hpp"

#include <string>

namespace portcullis::dialog {

namespace {

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "dialog"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::MissingContact:
                return "no Contact";
            case Errc::MissingTag:
                return "makes no dialog";
            case Errc::BadTarget:
                return "Contact or Record-Route is no SIP URI";
            case Errc::AlreadyExists:
                return "dialog exists already";
        }
        return "unknown error";
    }
};

}  // namespace

std::error_code make_error_code(Errc code) {
    static const Category category;
    return {static_cast<int>(code), category};
}

}  // namespace portcullis::dialog
