// SPDX-License-Identifier: BSD-2-Clause
// Locator: from what a SIP URI says of its server to the addresses to try, in order (RFC 3263).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/transport_kind.hpp"

namespace portcullis::locate {

// What a SIP URI says about its server.
struct Where {
    std::string host;  // domain name or IP literal, without brackets
    std::optional<std::uint16_t> port;
    std::optional<TransportKind> transport;
    bool secure = false;  // sips:

    auto operator<=>(const Where&) const = default;
};

// One server to try. `priority` and `weight` are those of its SRV record; 0 without one.
struct Located {
    TransportKind transport = TransportKind::Udp;
    Endpoint remote{};
    std::string server_name{};  // for the checks of RFC 5922: the domain that was asked for
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;

    bool operator==(const Located&) const = default;
};

struct Answer {
    std::vector<Located> servers{};  // in the order to try; never empty
    TimePoint fresh_until{};         // until then asking again sends no query
};

// Errors are of locate::Errc.
using LocateHandler = std::function<void(const Result<Answer>&)>;

// One per shard. The order of servers of one priority is drawn by weight for every question anew
// (RFC 2782), so ask once per call attempt and keep the answer for its retries and its CANCEL.
class Locator {
 public:
    virtual ~Locator() = default;

    // From the shard's thread. The handler runs on that thread, once, possibly before locate()
    // returns (the answer is known: a literal address, or cached); never when the locator has been
    // destroyed meanwhile.
    virtual void locate(const Where& where, LocateHandler handler) = 0;
};

}  // namespace portcullis::locate
