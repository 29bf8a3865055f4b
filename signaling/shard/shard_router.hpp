// SPDX-License-Identifier: BSD-2-Clause
// shard_router: which shard owns a message, decided on the raw bytes before any parse.
#pragma once

#include <string_view>

#include "signaling/shard/message_scanner.hpp"
#include "signaling/shard/slot.hpp"

namespace portcullis::shard {

// The owner of a message:
//   response                          slot in the top Via's branch (we made it)
//   in-dialog request                 slot in the To tag (we made it)
//   REGISTER                          hash of the address-of-record (the To URI's user and host)
//   with a Call-ID of ours            its slot: a request of ours came back
//   everything else                   hash of the Call-ID
// CANCEL and the ACK for a failure follow their INVITE: by Call-ID before we put a tag on the
// dialog, by our tag afterwards, and that tag carries the slot of the shard that answered. This
// holds for an INVITE with Replaces too, since its CANCEL does not repeat that header: when the
// dialog it names is of another shard, the core has to ask that shard. A message without the field
// its rule needs falls through to the Call-ID; one without a Call-ID belongs to the shard that
// received it.
class ShardRouter {
 public:
    explicit ShardRouter(const SlotTable& slots) : slots_(slots) {}

    [[nodiscard]] ShardId owner(const Scan& scan, ShardId receiver) const;
    // Scans and decides; with one shard nothing is scanned.
    [[nodiscard]] ShardId owner(std::string_view raw, ShardId receiver) const;
    [[nodiscard]] const SlotTable& slots() const { return slots_; }

 private:
    [[nodiscard]] ShardId by_hash(std::string_view text) const;

    SlotTable slots_;
};

}  // namespace portcullis::shard
