// SPDX-License-Identifier: BSD-2-Clause
#include <string>

#include "signaling/media/media_plan.hpp"

namespace portcullis::media {
namespace {

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "media"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::HostName:
                return "media address is a host name";
            case Errc::NoAddress:
                return "media address is missing";
            case Errc::UnusableAddress:
                return "media address cannot be sent to";
            case Errc::FamilyMismatch:
                return "media address is of another family than the pool";
            case Errc::NothingAcceptable:
                return "no acceptable stream";
            case Errc::ShapeMismatch:
                return "number of m-lines differs";
        }
        return "unknown media error";
    }
};

}  // namespace

std::error_code make_error_code(Errc errc) noexcept {
    static const Category category;
    return {static_cast<int>(errc), category};
}

std::string_view describe(StreamRefusal refusal) {
    switch (refusal) {
        case StreamRefusal::None:
            return "accepted";
        case StreamRefusal::ByPeer:
            return "port 0 in the peer's description";
        case StreamRefusal::Protocol:
            return "protocol not supported";
        case StreamRefusal::KeyedMedia:
            return "encrypted media not supported";
        case StreamRefusal::NoFormats:
            return "no known payload type";
    }
    return "unknown";
}

}  // namespace portcullis::media
