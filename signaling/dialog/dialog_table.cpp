// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/dialog_table.hpp"

#include <algorithm>
#include <utility>

namespace portcullis::dialog {

namespace {

std::uint64_t hash_of(const DialogId& id) { return std::hash<DialogId>{}(id); }

}  // namespace

DialogTable::Entries::iterator DialogTable::at(const DialogId& id) {
    const auto [first, last] = entries_.equal_range(hash_of(id));
    const auto found = std::find_if(
        first, last, [&id](const auto& known) { return known.second.dialog.id() == id; });
    return found == last ? entries_.end() : found;
}

Status DialogTable::insert(Dialog dialog, OwnerId owner) {
    if (at(dialog.id()) != entries_.end()) return fail(make_error_code(Errc::AlreadyExists));
    const auto hash = hash_of(dialog.id());
    const auto made = entries_.emplace(hash, Entry{std::move(dialog), owner});
    owned_.emplace(owner, &made->second);
    return {};
}

DialogTable::Entry* DialogTable::find(const DialogId& id) {
    const auto found = at(id);
    return found == entries_.end() ? nullptr : &found->second;
}

DialogTable::Entry* DialogTable::find_for_request(const sip::Message& request) {
    return find(id_of_request(request));
}

bool DialogTable::erase(const DialogId& id) {
    const auto found = at(id);
    if (found == entries_.end()) return false;
    const auto [first, last] = owned_.equal_range(found->second.owner);
    owned_.erase(std::find_if(
        first, last, [&found](const auto& known) { return known.second == &found->second; }));
    entries_.erase(found);
    return true;
}

std::size_t DialogTable::erase_owner(OwnerId owner) {
    const auto [first, last] = owned_.equal_range(owner);
    std::size_t count = 0;
    for (auto each = first; each != last; ++each, ++count) {
        entries_.erase(at(each->second->dialog.id()));
    }
    owned_.erase(first, last);
    return count;
}

}  // namespace portcullis::dialog
