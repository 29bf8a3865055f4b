// SPDX-License-Identifier: BSD-2-Clause
// SessionReader: parse_session() that remembers what it read last.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "signaling/sdp/parser.hpp"

namespace portcullis::sdp {

// A description that was read, or why it could not be. Used as the Result it stands for; copies
// share it, and nobody changes it.
class SharedSession {
 public:
    // NOLINTNEXTLINE(google-explicit-constructor): it is that result.
    SharedSession(Result<SessionDescription> read)
        : read_(std::make_shared<const Result<SessionDescription>>(std::move(read))) {}

    [[nodiscard]] bool has_value() const { return read_->has_value(); }
    explicit operator bool() const { return has_value(); }
    const SessionDescription& operator*() const { return **read_; }
    const SessionDescription* operator->() const { return &**read_; }
    [[nodiscard]] const Error& error() const { return read_->error(); }

 private:
    std::shared_ptr<const Result<SessionDescription>> read_;
};

// A call looks at the same offer and answer at each step of their exchange, within milliseconds:
// the last descriptions of the shard are kept, each in the one place its text hashes to. Of one
// shard.
class SessionReader {
 public:
    [[nodiscard]] SharedSession read(std::string_view body);

 private:
    struct Known {
        std::string body;  // empty: nothing is known here yet
        SharedSession session{Result<SessionDescription>{}};
    };
    std::array<Known, 64> known_;
};

}  // namespace portcullis::sdp
