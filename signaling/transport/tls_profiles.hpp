// SPDX-License-Identifier: BSD-2-Clause
// TlsProfiles: the TLS profiles of one revision of the configuration, and the terms of its trunks.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/config/document.hpp"
#include "signaling/transport/flow.hpp"
#include "signaling/transport/tls_profile.hpp"

namespace portcullis::transport {

// A file that cannot be used: where the configuration names it, and what is wrong.
struct PointedProblem {
    std::string pointer;  // JSON pointer into the document
    std::string message;
};

// Made at Prepare with all files read, then shared by the shards and never changed but for the
// profiles' own swaps.
class TlsProfiles {
 public:
    struct Loaded {
        std::shared_ptr<const TlsProfiles> profiles;
        std::vector<PointedProblem> problems;  // of profiles that have nothing to show now
    };
    [[nodiscard]] static Loaded load(const config::Document& document);

    // nullptr without one.
    [[nodiscard]] TlsProfilePtr find(std::string_view name) const;
    // By the destination's trunk, else by the gateway that has its address; nullptr: nobody said.
    [[nodiscard]] TlsTermsPtr terms(const Destination& to) const;
    // Those of trunks with issuers of their own included.
    [[nodiscard]] const std::vector<TlsProfilePtr>& all() const { return all_; }

 private:
    using TrunkKey = std::pair<std::string, std::string>;  // interface, trunk
    using GatewayKey = std::pair<std::string, Endpoint>;   // interface, address

    void add_profile(config::TlsProfileConfig settings, std::string pointer,
                     std::vector<PointedProblem>& problems);
    void add_trunk(const config::Document& document, std::size_t index,
                   std::vector<PointedProblem>& problems);
    [[nodiscard]] TlsTermsPtr make_terms(const config::TrunkConfig& trunk,
                                         const config::SipInterfaceConfig& interface,
                                         const std::string& pointer,
                                         std::vector<PointedProblem>& problems);

    std::map<std::string, TlsProfilePtr, std::less<>> by_name_;
    std::vector<TlsProfilePtr> all_;
    std::map<TrunkKey, TlsTermsPtr> by_trunk_;
    std::map<GatewayKey, TlsTermsPtr> by_gateway_;
};

}  // namespace portcullis::transport
