// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/tombstones.hpp"

#include "nat/classify.hpp"
#include "signaling/b2bua/outgoing.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::size_t kMaxEndedTags = 16;

// Whether `contact`, without a route, cannot be reached from here: by the rule of the call's legs.
bool is_behind_nat(const dialog::Dialog& dialog, const Tombstone& tombstone,
                   const IpAddress& contact) {
    if (!dialog.state().route_set.empty()) return false;
    if (tombstone.nat != config::BehindNat::Auto) return tombstone.nat == config::BehindNat::Always;
    const nat::NatFacts facts{.source = tombstone.destination.remote,
                              .via_host = {},
                              .via_port = 0,
                              .contact_host = contact};
    return nat::classify(facts).behind_nat;
}

// The fork's own Contact or route where that is an address, else where the INVITE went.
transport::Destination destination_of(const dialog::Dialog& dialog, const Tombstone& tombstone) {
    auto destination = tombstone.destination;
    const std::string next_hop = dialog.next_hop();
    const auto uri = sip::parse_uri(next_hop);
    const auto address = uri && uri->is_sip() ? uri->address() : std::nullopt;
    if (!address || !address->is_usable_target()) return destination;
    if (is_behind_nat(dialog, tombstone, *address)) return destination;
    if (*address != destination.remote.address) destination.flow = {};
    destination.remote = {*address,
                          uri->port.value_or(describe(destination.transport).default_port)};
    return destination;
}

}  // namespace

// Call-ID and our From tag: what every response to one INVITE has in common.
std::string Tombstones::stray_key(std::string_view call_id, std::string_view our_tag) {
    return std::string(call_id) + "\n" + std::string(our_tag);
}

std::string Tombstones::stray_key(const sip::Message& message) {
    return stray_key(message.essentials().call_id, message.essentials().from_tag);
}

void Tombstones::bury(Tombstone tombstone) {
    const auto id = tombstone.invite;
    const auto key = stray_key(*tombstone.request);
    by_dialog_[key] = id;
    const auto [grave, fresh] = graves_.try_emplace(id);
    grave->second.tombstone = std::move(tombstone);
    if (fresh) schedule_end(id);
}

void Tombstones::schedule_end(transaction::ClientId id) {
    (void)wheel_.schedule(clock_.now() + life_, [this, id] {
        const auto found = graves_.find(id);
        if (found == graves_.end()) return;
        // A CANCEL that waits for a provisional response makes an INVITE live long (9.1).
        if (is_live_(id)) {
            schedule_end(id);
            return;
        }
        by_dialog_.erase(stray_key(*found->second.tombstone.request));
        graves_.erase(found);
    });
}

Tombstones::Met Tombstones::meet(transaction::ClientId invite, const sip::Message& response,
                                 const transport::Destination* kept) {
    const auto found = graves_.find(invite);
    if (found == graves_.end()) return Met::None;
    if (kept != nullptr) found->second.tombstone.kept_destination = *kept;
    return refuse(found->second, response);
}

Tombstones::Met Tombstones::meet_stray(const sip::Message& response) {
    const auto found = by_dialog_.find(stray_key(response));
    return found == by_dialog_.end() ? Met::None : meet(found->second, response);
}

bool Tombstones::knows(const sip::Message& request) const {
    const auto& essentials = request.essentials();
    return by_dialog_.contains(stray_key(essentials.call_id, essentials.to_tag));
}

void Tombstones::refuse(const Tombstone& tombstone, const sip::Message& response) {
    if (const auto found = graves_.find(tombstone.invite); found != graves_.end()) {
        refuse(found->second, response);
    } else {
        end_dialog(tombstone, response, true);
    }
}

Tombstones::Met Tombstones::refuse(Grave& grave, const sip::Message& response) {
    const auto tag = response.essentials().to_tag;
    if (grave.tombstone.kept_tag && tag == *grave.tombstone.kept_tag) {
        if (grave.tombstone.kept_ack) {
            send_ack_(grave.tombstone.kept_ack, grave.tombstone.kept_destination);
        }
        return Met::Kept;
    }
    // A far side that invents tags without end is not answered without end.
    if (grave.ended_tags.size() >= kMaxEndedTags && !grave.ended_tags.contains(tag)) {
        return Met::Refused;
    }
    const bool first = grave.ended_tags.emplace(tag).second;
    end_dialog(grave.tombstone, response, first);
    return Met::Refused;
}

void Tombstones::end_dialog(const Tombstone& tombstone, const sip::Message& response,
                            bool with_bye) {
    auto dialog = dialog::Dialog::from_client(*tombstone.request, response);
    if (!dialog) return;
    (void)dialog->confirm_from(response);
    const auto cseq = response.essentials().cseq.number;
    const auto destination = destination_of(*dialog, tombstone);
    send_ack_(make_dialog_ack(*dialog, tombstone.address, slot_, cseq), destination);
    if (!with_bye) return;
    ++refused_;
    send_bye_(make_in_dialog(*dialog, sip::Method::Bye, tombstone.address, slot_), destination);
}

}  // namespace portcullis::b2bua
