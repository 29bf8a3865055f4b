// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/errc.hpp"

#include <string>

namespace portcullis::transport {

namespace {

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "transport"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::UnknownInterface:
                return "unknown interface";
            case Errc::BadInterface:
                return "bad interface";
            case Errc::CannotBind:
                return "cannot listen";
            case Errc::Unreachable:
                return "destination unreachable";
            case Errc::TimedOut:
                return "connect timed out";
            case Errc::FlowGone:
                return "flow is gone";
            case Errc::Closed:
                return "connection closed";
            case Errc::OutboxFull:
                return "outbox full";
            case Errc::TooManyConnections:
                return "too many connections";
            case Errc::HandshakeFailed:
                return "handshake failed";
            case Errc::TooLarge:
                return "message too large for a datagram";
        }
        return "unknown error";
    }
};

}  // namespace

std::error_code make_error_code(Errc code) {
    static const Category category;
    return {static_cast<int>(code), category};
}

}  // namespace portcullis::transport
