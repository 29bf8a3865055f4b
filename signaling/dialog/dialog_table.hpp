// SPDX-License-Identifier: BSD-2-Clause
// DialogTable: finds the dialog, and through it the call, that an in-dialog message belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "common/base/result.hpp"
#include "common/base/strong_id.hpp"
#include "signaling/dialog/dialog.hpp"

namespace portcullis::dialog {

// One per shard, its thread only. Owns the dialogs; early ones are entries like any other, so each
// fork of an INVITE has its own. `Owner` names the user of a dialog (a call, a registration).
class DialogTable {
 public:
    using OwnerId = CallId;

    struct Entry {
        Dialog dialog;
        OwnerId owner;
    };

    // Errors: AlreadyExists.
    [[nodiscard]] Status insert(Dialog dialog, OwnerId owner);
    // nullptr when there is none. Pointers stay valid until that dialog is erased.
    [[nodiscard]] Entry* find(const DialogId& id);
    // The dialog of a received in-dialog request: by its tags, or without remote tag for a peer of
    // RFC 2543 (12.1.1).
    [[nodiscard]] Entry* find_for_request(const sip::Message& request);
    // True when something was erased.
    bool erase(const DialogId& id);
    // Erases all dialogs of `owner`; returns how many.
    std::size_t erase_owner(OwnerId owner);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
    // By the hash of the id, which is in the entry itself: a dialog that stands for hours costs one
    // node here and one among its owner's.
    using Entries = std::unordered_multimap<std::uint64_t, Entry>;

    [[nodiscard]] Entries::iterator at(const DialogId& id);

    Entries entries_;
    std::unordered_multimap<OwnerId, Entry*> owned_;
};

}  // namespace portcullis::dialog
