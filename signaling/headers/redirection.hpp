// SPDX-License-Identifier: BSD-2-Clause
// Redirections: what was diverted before it came here, told as Diversion, as History-Info or as
// both, one made of the other where the receiver wants the other form (RFC 7544).
#pragma once

#include <vector>

#include "signaling/headers/crossing.hpp"
#include "signaling/headers/diversion.hpp"
#include "signaling/headers/history_info.hpp"

namespace portcullis::headers {

// RFC 7544 section 5: the first diverting user becomes entry 1, each diversion one entry below the
// one before it, `target` the last. An entry says in `cause` why the one before it diverted, and in
// `mp` which that was. A counter above 1 becomes that many entries of which nothing is known.
[[nodiscard]] std::vector<HistoryEntry> history_of(const std::vector<Diversion>& diversions,
                                                   const Party& target);

// RFC 7544 section 6: each entry with a cause of RFC 4458 was diverted to, by the entry that its
// `mp` or else its index names. Retargeting without such a cause is no diversion. Newest first.
[[nodiscard]] std::vector<Diversion> diversions_of(const std::vector<HistoryEntry>& history);

void pass_diversion(const Crossing& crossing, sip::HeaderId id, HeaderList& out);
void pass_history_info(const Crossing& crossing, sip::HeaderId id, HeaderList& out);

}  // namespace portcullis::headers
