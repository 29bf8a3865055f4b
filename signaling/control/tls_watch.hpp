// SPDX-License-Identifier: BSD-2-Clause
// TlsWatch: keeps our TLS certificates fresh: swaps what changed on disk, and warns before they
// end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "signaling/transport/tls_profiles.hpp"

namespace portcullis::control {

// One profile, as the metrics have it.
struct TlsFigures {
    std::string profile;
    std::string fingerprint;     // of the certificate in use; empty: none
    std::int64_t not_after = 0;  // seconds since 1970
    std::uint64_t swapped = 0;   // certificates taken from changed files
    std::uint64_t refused = 0;   // changed files that could not be used
};

// Whole days until `not_after`; below 0 once it has passed.
[[nodiscard]] std::int64_t days_left(std::chrono::system_clock::time_point not_after,
                                     std::chrono::system_clock::time_point now);

// The threshold in days, 30, 7, 1 or 0 (expired), that is reached now; 0x7fff..: none.
[[nodiscard]] std::int64_t alarm_level(std::int64_t days);

// On the control thread. Looks every few seconds, by stat alone while nothing changes; the shards
// are not asked.
class TlsWatch {
 public:
    using Profiles = std::function<std::shared_ptr<const transport::TlsProfiles>()>;

    static constexpr std::chrono::seconds kInterval{5};

    // `profiles`: those in force.
    TlsWatch(boost::asio::io_context& io, Profiles profiles)
        : io_(io), profiles_(std::move(profiles)) {}

    // Looks now, and from now on.
    void start();
    void look(std::chrono::system_clock::time_point now);
    [[nodiscard]] std::vector<TlsFigures> figures() const;

 private:
    struct Kept {
        std::uint64_t swapped = 0;
        std::uint64_t refused = 0;
        std::string fingerprint{};  // the alarm below is of this certificate
        std::int64_t alarmed = 0;   // the last level that was told
    };

    void check_expiry(const transport::TlsProfile& profile, Kept& kept,
                      std::chrono::system_clock::time_point now);
    void wait();

    boost::asio::io_context& io_;
    Profiles profiles_;
    std::map<std::string, Kept> kept_;  // by profile: survives a new configuration
    std::shared_ptr<boost::asio::steady_timer> timer_;
};

}  // namespace portcullis::control
