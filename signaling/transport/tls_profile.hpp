// SPDX-License-Identifier: BSD-2-Clause
// TlsProfile: a TLS profile whose files may change while it is used, and the terms on which a peer
// is connected to with it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "signaling/transport/tls_context.hpp"

namespace portcullis::transport {

// Shared by all shards, any thread. Whoever makes a connection asks for current(): a swap is for
// new connections, and nothing else.
class TlsProfile {
 public:
    explicit TlsProfile(config::TlsProfileConfig settings) : settings_(std::move(settings)) {}

    // Reads the files; on failure what was current stays.
    [[nodiscard]] std::optional<TlsProblem> load();

    enum class Swap : std::uint8_t { Unchanged, Swapped, Refused };
    struct Polled {
        Swap swap = Swap::Unchanged;
        TlsProblem problem{};  // Refused
    };
    // Looks at the files (stat only) and reads them if they are not those of the last look. A new
    // certificate that is not valid now takes no valid one's place.
    [[nodiscard]] Polled poll(std::chrono::system_clock::time_point now);

    // nullptr if nothing could be read yet: no handshake is possible.
    [[nodiscard]] std::shared_ptr<const TlsContext> current() const;
    [[nodiscard]] const config::TlsProfileConfig& settings() const { return settings_; }

 private:
    struct Stamp {
        std::int64_t seconds = -1;  // no such file
        std::int64_t nanoseconds = 0;
        std::uint64_t inode = 0;
        std::int64_t size = 0;
        bool operator==(const Stamp&) const = default;
    };
    using Stamps = std::array<Stamp, 3>;

    [[nodiscard]] Stamps stamps() const;
    void set_current(std::shared_ptr<const TlsContext> context);

    const config::TlsProfileConfig settings_;
    Stamps seen_{};  // control thread only
    mutable std::mutex mutex_;
    std::shared_ptr<const TlsContext> current_;  // guarded
};

using TlsProfilePtr = std::shared_ptr<TlsProfile>;

// How a peer is connected to, and by what it is known.
struct TlsTerms {
    std::string key;  // connections made under one key are alike
    std::shared_ptr<const TlsProfile> profile;
    bool verify_chain = true;
    std::vector<std::string> names;         // any of them; empty: the destination's server name
    std::vector<std::string> fingerprints;  // lower-case digits; any of them; empty: not asked
    bool verify_name = true;
};

using TlsTermsPtr = std::shared_ptr<const TlsTerms>;

}  // namespace portcullis::transport
