// SPDX-License-Identifier: BSD-2-Clause
// SdpWriterState: what keeps the o= line of the descriptions that one leg sends (RFC 3264 sections
// 5 and 8).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "common/net/ip_address.hpp"
#include "common/net/net_codec.hpp"

namespace portcullis::sdp {

// One per leg, for the leg's life; a value that the checkpoint keeps. Session id, network type and
// address of o= never change once written, and the version grows exactly when the rest of the
// description differs from what is current.
class SdpWriterState {
 public:
    // Makes `body` (the lines from s= on) the leg's current description and returns all of it, with
    // v= and o=. `address` becomes the o= address the first time and is ignored afterwards.
    [[nodiscard]] std::string write(std::string_view body, const IpAddress& address);

    // The whole description sent last, to repeat it unchanged in a refresh (RFC 4028 section 7.4)
    // or a retransmitted answer; empty before the first.
    [[nodiscard]] std::string last() const;

    // An offer written since `before` came to nothing: that state's description is current again.
    // Refused, under its version, and the offer's is not used for another; accepted, under a new
    // one, as the peer runs what it must leave.
    enum class Fate : std::uint8_t { Refused, Accepted };
    void withdraw(const SdpWriterState& before, Fate fate);

    [[nodiscard]] std::uint64_t session_id() const { return session_id_; }
    [[nodiscard]] std::uint64_t version() const { return version_; }

    auto fields() { return std::tie(session_id_, version_, address_, body_, highest_); }

 private:
    [[nodiscard]] std::uint64_t next_version() {
        return highest_ = std::max(highest_, version_) + 1;
    }

    std::uint64_t session_id_ = 0;  // 0: nothing written yet
    std::uint64_t version_ = 0;
    std::uint64_t highest_ = 0;  // of all that were sent
    IpAddress address_;
    std::string body_;
};

}  // namespace portcullis::sdp
