// SPDX-License-Identifier: BSD-2-Clause
// ConfigSnapshot: one revision of the configuration as signaling uses it, immutable.
#pragma once

#include <memory>

#include "common/base/strong_id.hpp"
#include "policy/compiled_policy.hpp"
#include "policy/config/document.hpp"
#include "signaling/transport/tls_profiles.hpp"

namespace portcullis::b2bua {

// Made by the control thread at Prepare, posted to every shard at Commit. Shared, never changed.
struct ConfigSnapshot {
    ConfigVersion version;
    std::shared_ptr<const policy::CompiledPolicy> policy;
    std::shared_ptr<const transport::TlsProfiles> tls{};
};

using ConfigPtr = std::shared_ptr<const ConfigSnapshot>;

}  // namespace portcullis::b2bua
