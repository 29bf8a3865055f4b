// SPDX-License-Identifier: BSD-2-Clause
// The difference of two configuration documents, by object.
#pragma once

#include <string>
#include <vector>

#include "mgmt-api/store/config_store.hpp"
#include "policy/config/document.hpp"

namespace portcullis::mgmt {

struct ObjectChange {
    enum class Kind : std::uint8_t { Added, Changed, Removed, Reordered };
    Kind kind{};
    std::string path;    // "/trunks/carrier", "/timers"; "/routes" when reordered
    std::string before;  // JSON text, secrets redacted; empty when added
    std::string after;   // empty when removed
};

// In document order; removals after the rest of their collection, and last, where objects that both
// documents have stand in another order, one change of the collection with the names before and
// after. That is no change of an object.
[[nodiscard]] std::vector<ObjectChange> diff_documents(const config::Document& before,
                                                       const config::Document& after);

[[nodiscard]] ObjectChanges changes_of(const std::vector<ObjectChange>& changes);

}  // namespace portcullis::mgmt
