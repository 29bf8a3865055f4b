// SPDX-License-Identifier: BSD-2-Clause
// Migrations: the store's schema, as numbered steps that only ever grow.
#pragma once

#include "mgmt-api/store/database.hpp"

namespace portcullis::mgmt {

// Brings the schema to this program's version, each step in a transaction of its own. Fails on a
// store that a newer program has written: it may hold what this one would lose.
[[nodiscard]] Status migrate(Database& database);

}  // namespace portcullis::mgmt
