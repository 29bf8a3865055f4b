// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/locate/errc.hpp"

#include <string>

namespace portcullis::locate {
namespace {

class Category final : public std::error_category {
 public:
    [[nodiscard]] const char* name() const noexcept override { return "locate"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Errc>(value)) {
            case Errc::BadHost:
                return "not a host name";
            case Errc::NoSuchName:
                return "the domain does not exist";
            case Errc::NoServers:
                return "the domain has no address for SIP";
            case Errc::NotOffered:
                return "the domain offers no SIP service";
            case Errc::NoSupportedTransport:
                return "no transport in common";
            case Errc::UnusableAddress:
                return "the domain has only addresses that are never sent to";
            case Errc::TimedOut:
                return "no name server answered";
            case Errc::ServerFailure:
                return "the name servers refuse or fail";
            case Errc::BadReply:
                return "malformed DNS reply";
            case Errc::Busy:
                return "too many look-ups at once";
        }
        return "unknown error";
    }
};

}  // namespace

std::error_code make_error_code(Errc code) {
    static const Category category;
    return {static_cast<int>(code), category};
}

}  // namespace portcullis::locate
