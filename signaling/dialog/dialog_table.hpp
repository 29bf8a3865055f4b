// SPDX-License-Identifier: BSD-2-Clause
// DialogTable: finds the dialog, and through it the call, that an in-dialog message belongs to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
    // All dialogs with this Call-ID and local tag: the forks of one request we sent, or the one
    // dialog that Replaces, Target-Dialog and the like name.
    [[nodiscard]] std::vector<Entry*> find_forks(std::string_view call_id,
                                                 std::string_view local_tag);
    // True when something was erased.
    bool erase(const DialogId& id);
    // Erases all dialogs of `owner`; returns how many.
    std::size_t erase_owner(OwnerId owner);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
    struct ForkKey {
        std::string call_id;
        std::string local_tag;
        bool operator==(const ForkKey&) const = default;
    };
    struct ForkKeyHash {
        std::size_t operator()(const ForkKey& key) const noexcept {
            return keyed_hash(key.call_id) * 31 + keyed_hash(key.local_tag);
        }
    };

    void unindex(const DialogId& id, OwnerId owner);

    std::unordered_map<DialogId, Entry> entries_;
    std::unordered_map<ForkKey, std::vector<DialogId>, ForkKeyHash> forks_;
    std::unordered_map<OwnerId, std::vector<DialogId>> owned_;
};

}  // namespace portcullis::dialog
