// SPDX-License-Identifier: BSD-2-Clause
// The difference of two configuration documents, by object.
#pragma once

#include <string>
#include <vector>

#include "mgmt-api/store/config_store.hpp"
#include "policy/config/document.hpp"

namespace portcullis::mgmt {

struct ObjectChange {
    enum class Kind : std::uint8_t { Added, Changed, Removed };
    Kind kind{};
    std::string path;    // "/trunks/carrier", "/timers"
    std::string before;  // JSON text, secrets redacted; empty when added
    std::string after;   // empty when removed
};

// In document order, removals after the rest of their collection. The order of objects within a
// collection counts for none of them: a document that only re-orders has an empty difference.
[[nodiscard]] std::vector<ObjectChange> diff_documents(const config::Document& before,
                                                       const config::Document& after);

[[nodiscard]] ObjectChanges changes_of(const std::vector<ObjectChange>& changes);

}  // namespace portcullis::mgmt
