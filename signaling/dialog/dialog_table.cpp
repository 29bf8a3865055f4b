// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/dialog_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace portcullis::dialog {

namespace {

template <class Map, class Key>
void remove_from(Map& map, const Key& key, const DialogId& id) {
    const auto found = map.find(key);
    if (found == map.end()) return;
    std::erase(found->second, id);
    if (found->second.empty()) map.erase(found);
}

}  // namespace

Status DialogTable::insert(Dialog dialog, OwnerId owner) {
    const DialogId id = dialog.id();
    if (!entries_.try_emplace(id, Entry{std::move(dialog), owner}).second) {
        return fail(make_error_code(Errc::AlreadyExists));
    }
    forks_[{id.call_id, id.local_tag}].push_back(id);
    owned_[owner].push_back(id);
    return {};
}

DialogTable::Entry* DialogTable::find(const DialogId& id) {
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
}

DialogTable::Entry* DialogTable::find_for_request(const sip::Message& request) {
    return find(id_of_request(request));
}

std::vector<DialogTable::Entry*> DialogTable::find_forks(std::string_view call_id,
                                                         std::string_view local_tag) {
    std::vector<Entry*> out;
    const auto found = forks_.find({std::string(call_id), std::string(local_tag)});
    if (found == forks_.end()) return out;
    for (const auto& id : found->second) out.push_back(find(id));
    return out;
}

void DialogTable::unindex(const DialogId& id, OwnerId owner) {
    remove_from(forks_, ForkKey{id.call_id, id.local_tag}, id);
    remove_from(owned_, owner, id);
}

bool DialogTable::erase(const DialogId& id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return false;
    // `id` may be a reference into the entry itself.
    const DialogId copy = id;
    const OwnerId owner = found->second.owner;
    entries_.erase(found);
    unindex(copy, owner);
    return true;
}

std::size_t DialogTable::erase_owner(OwnerId owner) {
    const auto found = owned_.find(owner);
    if (found == owned_.end()) return 0;
    const auto ids = std::move(found->second);
    owned_.erase(found);
    for (const auto& id : ids) {
        entries_.erase(id);
        remove_from(forks_, ForkKey{id.call_id, id.local_tag}, id);
    }
    return ids.size();
}

}  // namespace portcullis::dialog
