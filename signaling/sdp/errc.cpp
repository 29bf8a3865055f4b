// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/errc.hpp"

#include <string>

namespace portcullis::sdp {
namespace {

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "sdp"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::Syntax:
                return "malformed session description";
            case Errc::TooLarge:
                return "session description too large";
            case Errc::Glare:
                return "an offer is outstanding";
            case Errc::NoOffer:
                return "answer without an offer";
            case Errc::AnswerMismatch:
                return "answer does not fit the offer";
            case Errc::OfferMismatch:
                return "offer does not fit the session";
            case Errc::Unanchorable:
                return "no media address for the stream";
        }
        return "unknown sdp error";
    }
};

}  // namespace

std::error_code make_error_code(Errc errc) noexcept {
    static const Category category;
    return {static_cast<int>(errc), category};
}

}  // namespace portcullis::sdp
