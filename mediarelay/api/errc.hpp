// SPDX-License-Identifier: BSD-2-Clause
// Words for the outcomes of relay operations.
#pragma once

#include <string_view>

#include "mediarelay/api/messages.hpp"

namespace portcullis::relay_api {

[[nodiscard]] constexpr std::string_view describe(Outcome outcome) {
    switch (outcome) {
        case Outcome::Ok:
            return "ok";
        case Outcome::NoPorts:
            return "no free media ports in the pool";
        case Outcome::PortInUse:
            return "a requested media port is in use";
        case Outcome::UnknownPool:
            return "unknown media pool";
        case Outcome::UnknownSession:
            return "unknown session";
        case Outcome::UnknownLeg:
            return "unknown leg";
        case Outcome::StaleGeneration:
            return "a newer generation is installed";
        case Outcome::BadRequest:
            return "contradictory request";
        case Outcome::NoRoute:
            return "media address cannot be reached";
        case Outcome::Overloaded:
            return "relay overloaded";
    }
    return "unknown outcome";
}

}  // namespace portcullis::relay_api
