// SPDX-License-Identifier: BSD-2-Clause
// SourceThrottle: addresses that guess passwords are not listened to for a while.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "common/net/ip_address.hpp"

namespace portcullis::auth {

// One per process, asked from every shard's thread. Wrong answers are counted by address, whoever
// they claim to be. A user who showed the right password from that address lately is counted for
// himself: who guesses next to him, behind one NAT, does not shut him out. Bounded: the address,
// and the user, that was quiet for longest is forgotten first.
class SourceThrottle {
 public:
    struct Limits {
        std::size_t failures = 5;              // so many wrong answers ...
        std::chrono::seconds within{30};       // ... in so short a time
        std::chrono::seconds denial{120};      // deny the source for so long
        std::chrono::seconds remember{86400};  // for so long a user counts as known at an address
        std::size_t sources = 65536;           // of each kind
    };

    SourceThrottle() = default;
    explicit SourceThrottle(const Limits& limits) : limits_(limits) {}

    // Whether what `user` says from there is not to be looked at.
    [[nodiscard]] bool denied(const IpAddress& source, std::string_view user, TimePoint now);
    enum class Failure : std::uint8_t { Repeated, Counted, Denied };  // from now on
    // A wrong answer; `guess`, the whole of it, tells one from its own retransmission.
    Failure failed(const IpAddress& source, std::string_view user, std::string_view guess,
                   TimePoint now);
    void succeeded(const IpAddress& source, std::string_view user, TimePoint now);

    [[nodiscard]] std::size_t size() const;

 private:
    struct Record {
        std::string key;
        std::vector<TimePoint> failures{};  // the last few
        std::size_t last_guess = 0;         // a hash
        TimePoint denied_until{};
        TimePoint succeeded_at{};
    };
    // The record that was used last is the first.
    struct Table {
        std::list<Record> records{};
        std::unordered_map<std::string_view, std::list<Record>::iterator> by_key{};
        Record* find(const std::string& key);
        Record& get(const std::string& key, std::size_t limit);
    };

    // Of the user, if he is known there.
    [[nodiscard]] Record* known_user(const IpAddress& source, std::string_view user, TimePoint now);

    Limits limits_;
    mutable std::mutex mutex_;
    Table sources_;
    Table users_;  // known at an address
};

}  // namespace portcullis::auth
