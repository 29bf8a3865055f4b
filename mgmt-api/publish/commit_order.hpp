// SPDX-License-Identifier: BSD-2-Clause
// Which daemon commits a document first, so that no call fails between the two commits.
#pragma once

#include "mgmt-api/publish/publisher.hpp"
#include "policy/config/document.hpp"

namespace portcullis::mgmt {

// Signaling when media pools only leave or shrink: it must stop asking for them before the relay
// forgets them. Else the relay: it must have what is new before signaling asks for it. A document
// that does both, such as one that renames or moves a pool, cannot be right in either order; the
// relay stays first.
[[nodiscard]] Daemon first_to_commit(const config::Document& before, const config::Document& after);

}  // namespace portcullis::mgmt
