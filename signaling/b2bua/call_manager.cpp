// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/call_manager.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "signaling/sip/status.hpp"

namespace portcullis::b2bua {

CallManager::CallManager(const ManagerParts& parts)
    : parts_(parts),
      tombstones_(
          parts_.clock, parts_.wheel, parts_.slot,
          [this](sip::MessagePtr ack, const transport::Destination& to) {
              send_ack(std::move(ack), to);
          },
          [this](sip::MessagePtr bye, const transport::Destination& to) {
              send_and_forget(std::move(bye), to, {});
          },
          [this](transaction::ClientId invite) { return transactions_->is_alive(invite); }),
      errands_(
          parts_.slot, dialogs_,
          [this](sip::MessagePtr request, const transport::Destination& to) {
              return transactions_->send_request(std::move(request), to);
          },
          [this](std::string_view trunk) { return credentials(trunk); }) {}

CallManager::~CallManager() = default;

// Boot epoch, shard and counter: unique over restarts without any storage.
CallId CallManager::next_id() {
    const auto epoch = static_cast<std::uint64_t>(parts_.boot_epoch) << 32U;
    const auto shard = static_cast<std::uint64_t>(parts_.shard.value & 0xffU) << 24U;
    CallId id;
    do {
        id = CallId{epoch | shard | (++sequence_ & 0xffffffU)};
    } while (calls_.contains(id));
    return id;
}

std::string CallManager::text(CallId id) { return fmt::format("{:016x}", id.value); }

std::optional<CallId> CallManager::parse(std::string_view text) {
    CallId id;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, id.value, 16);
    if (text.size() != 16 || error != std::errc{} || at != end) return std::nullopt;
    return id;
}

Call& CallManager::create(CallSetup setup) {
    const auto id = next_id();
    const auto uas = setup.uas;
    Entry& entry = calls_[id];
    entry.call = std::make_unique<Call>(id, *this, std::move(setup));
    bind(uas, id);
    return *entry.call;
}

Call* CallManager::find(CallId id) {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : found->second.call.get();
}

Call* CallManager::find(transaction::ClientId id) {
    const auto found = by_client_.find(id);
    return found == by_client_.end() ? nullptr : find(found->second);
}

Call* CallManager::find(transaction::ServerId id) {
    const auto found = by_server_.find(id);
    return found == by_server_.end() ? nullptr : find(found->second);
}

void CallManager::for_each(const std::function<void(Call&)>& visit) {
    for (auto& [id, entry] : calls_) visit(*entry.call);
}

std::vector<CallId> CallManager::ids_after(CallId after, std::size_t limit) const {
    std::vector<CallId> ids;
    for (const auto& [id, entry] : calls_) {
        if (id.value > after.value) ids.push_back(id);
    }
    const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(limit, ids.size()));
    std::partial_sort(ids.begin(), end, ids.end(),
                      [](CallId a, CallId b) { return a.value < b.value; });
    ids.erase(end, ids.end());
    return ids;
}

void CallManager::reap() {
    for (const auto id : finished_) {
        const auto found = calls_.find(id);
        if (found == calls_.end()) continue;
        for (const auto timer : found->second.timers) parts_.wheel.cancel(timer);
        forget_call_ids(id, std::move(found->second.sip_call_ids));
        calls_.erase(found);
    }
    finished_.clear();
}

// The answer to the last BYE still belongs to the ladder.
void CallManager::forget_call_ids(CallId call, std::vector<Fingerprint> ids) {
    (void)parts_.wheel.schedule(parts_.clock.now() + tombstones_.life(),
                                [this, call, ids = std::move(ids)] {
                                    for (const auto& id : ids) {
                                        const auto found = watched_.find(id);
                                        if (found != watched_.end() && found->second.call == call) {
                                            watched_.erase(found);
                                        }
                                    }
                                });
}

std::optional<CallManager::Watched> CallManager::watched(std::string_view sip_call_id) const {
    const auto found = watched_.find(fingerprint(sip_call_id));
    if (found == watched_.end()) return std::nullopt;
    return found->second;
}

void CallManager::configure(ConfigPtr config) {
    tombstones_.set_life(64 * config->policy->timers().t1);
    config_ = std::move(config);
    update_accounts();
}

// An account that stays as it was keeps what its servers last asked.
void CallManager::update_accounts() {
    auto before = std::exchange(accounts_, {});
    for (const auto& trunk : config_->policy->trunks()) {
        const auto& wanted = trunk.authentication;
        if (wanted.username.empty()) continue;
        const auto known = before.find(trunk.name);
        if (known != before.end() && known->second.config == wanted) {
            accounts_.insert(before.extract(known));
            continue;
        }
        accounts_.emplace(trunk.name, Account{wanted, TrunkCredentials(wanted)});
    }
}

void CallManager::report_loop(CallId call) {
    ++counters_.loops;
    const auto* const found = find(call);
    if (found == nullptr) return;
    log::component("b2bua").warn("loop_detected call_id={} trunk={} called={}", text(call),
                                 found->record().a_trunk,
                                 text::printable(found->record().to_number_original, 64));
}

TrunkCredentials* CallManager::credentials(std::string_view trunk) {
    const auto found = accounts_.find(trunk);
    return found == accounts_.end() ? nullptr : &found->second.credentials;
}

const trunk::TrunkStates& CallManager::trunk_states() const {
    static const trunk::TrunkStates kUnknown;
    return parts_.trunks == nullptr ? kUnknown : parts_.trunks->states();
}

void CallManager::report(trunk::Report report) {
    if (parts_.trunks != nullptr) parts_.trunks->report(std::move(report));
}

void CallManager::locate(const config::GatewayUri& gateway, locate::LocateHandler handler) {
    if (parts_.locator == nullptr) {
        handler(fail(std::make_error_code(std::errc::function_not_supported)));
        return;
    }
    parts_.locator->locate({.host = gateway.name,
                            .port = gateway.port,
                            .transport = gateway.named_transport,
                            .secure = gateway.secure},
                           std::move(handler));
}

void CallManager::locate(CallId call, std::uint32_t token, const config::GatewayUri& gateway) {
    locate_for(call, gateway, [token](Call& asker, const Result<locate::Answer>& answer) {
        asker.on_located(token, answer);
    });
}

void CallManager::locate_hop(CallId call, Side side, const config::GatewayUri& hop) {
    locate_for(call, hop, [side, hop](Call& asker, const Result<locate::Answer>& answer) {
        asker.on_hop_located(side, hop, answer);
    });
}

void CallManager::locate_for(
    CallId call, const config::GatewayUri& uri,
    const std::function<void(Call&, const Result<locate::Answer>&)>& handler) {
    // An answer that is known already comes while the call still asks.
    const auto asking = std::make_shared<bool>(true);
    locate(uri, [this, call, handler, asking](const Result<locate::Answer>& answer) {
        if (auto* const found = find(call)) handler(*found, answer);
        if (!*asking) reap();
    });
    *asking = false;
}

void CallManager::respond(transaction::ServerId id, sip::MessagePtr response) {
    transactions_->respond(id, std::move(response));
}

transaction::ClientId CallManager::send_request(CallId call, sip::MessagePtr request,
                                                const transport::Destination& destination) {
    const auto id = transactions_->send_request(std::move(request), destination);
    if (id) by_client_[id] = call;
    return id;
}

void CallManager::cancel(transaction::ClientId invite,
                         const std::vector<transaction::ExtraHeader>& extra) {
    (void)transactions_->cancel(invite, extra);
}

void CallManager::send_ack(sip::MessagePtr ack, const transport::Destination& destination) {
    transactions_->send_ack(std::move(ack), destination);
}

void CallManager::send_and_forget(sip::MessagePtr request,
                                  const transport::Destination& destination,
                                  std::string_view trunk) {
    errands_.send(std::move(request), destination, trunk);
}

void CallManager::relay(CallId call, std::uint32_t token, RelayRequest request) {
    parts_.relay.request(std::move(request),
                         [this, call, token](const Result<relay_api::OperationReply>& reply) {
                             if (auto* const found = find(call)) {
                                 found->on_media_reply(token, reply);
                             }
                             reap();
                         });
}

void CallManager::release_media(CallId call, SessionId session) {
    parts_.relay.release(session, [this, call](const Result<relay_api::SessionStats>& stats) {
        if (auto* const found = find(call)) found->on_media_released(stats);
        reap();
    });
}

void CallManager::start_timer(CallId call, CallTimer timer, Duration after) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    auto& id = found->second.timers[static_cast<std::size_t>(timer)];
    parts_.wheel.cancel(id);
    id = parts_.wheel.schedule(parts_.clock.now() + after, [this, call, timer] {
        if (auto* const due = find(call)) due->on_timer(timer);
        reap();
    });
}

void CallManager::stop_timer(CallId call, CallTimer timer) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    parts_.wheel.cancel(found->second.timers[static_cast<std::size_t>(timer)]);
}

void CallManager::watch(CallId call, Side side, const std::string& sip_call_id) {
    const auto key = fingerprint(sip_call_id);
    watched_[key] = {call, side};
    if (const auto found = calls_.find(call); found != calls_.end()) {
        found->second.sip_call_ids.push_back(key);
    }
}

void CallManager::bury(Tombstone tombstone) {
    // An abandoned INVITE is no longer the call's affair, however long the call goes on.
    if (!tombstone.kept_tag) by_client_.erase(tombstone.invite);
    tombstones_.bury(std::move(tombstone));
}

void CallManager::save_checkpoint(CallId call) {
    const auto* const found = find(call);
    if (found == nullptr || !found->is_settled()) return;
    const auto bytes = found->checkpoint();
    if (const auto saved = parts_.checkpoints.put(call.value, bytes); !saved) {
        ++counters_.checkpoint_failures;
        log::component("b2bua").error("checkpoint_failed call_id={} reason=\"{}\"", text(call),
                                      saved.error().text());
    }
}

void CallManager::finish(CallId call, record::CallRecord record) {
    record.call_id = text(call);
    parts_.checkpoints.erase(call.value);
    auto* const found = find(call);
    write_record(std::move(record),
                 found == nullptr ? std::vector<CallEvent>() : found->take_events());
    finished_.push_back(call);
}

void CallManager::write_record(record::CallRecord record, std::vector<CallEvent> story) {
    count(record);
    parts_.records.push({.at = record.ended_at,
                         .line = record::to_json_line(record),
                         .call = parse(record.call_id).value_or(CallId{}),
                         .story = std::move(story)});
}

void CallManager::count(const record::CallRecord& record) {
    ++counters_.attempts;
    if (record.answered_at) ++counters_.answered;
    if (record.sip_code >= 600) {
        ++counters_.failed_6xx;
    } else if (record.sip_code >= 500) {
        ++counters_.failed_5xx;
    } else if (record.sip_code >= 400) {
        ++counters_.failed_4xx;
    }
}

void CallManager::recover(const checkpoint::CheckpointStore& store, bool end_all) {
    std::vector<CallCheckpoint> found;
    store.for_each([&](std::uint64_t, std::span<const std::byte> bytes) {
        auto checkpoint = codec::from_bytes<CallCheckpoint>(bytes);
        if (checkpoint && checkpoint->format == CallCheckpoint::kFormat) {
            found.push_back(std::move(*checkpoint));
        } else {
            ++counters_.unrecoverable;
        }
    });
    for (auto& checkpoint : found) {
        if (checkpoint.a.dialog.id.call_id.empty() || checkpoint.b.dialog.id.call_id.empty()) {
            ++counters_.unrecoverable;
            continue;
        }
        const CallId id{checkpoint.call};
        if (end_all) {
            // Of another boot: its steady clock says nothing here.
            checkpoint.started_steady_us = 0;
            checkpoint.answered_steady_us = 0;
        }
        for (auto* const leg : {&checkpoint.a, &checkpoint.b}) {
            // Requests that left after the last checkpoint used numbers we do not know.
            dialog::Dialog dialog(leg->dialog);
            dialog.skip_cseq(100);
            (void)dialogs_.insert(std::move(dialog), id);
        }
        Entry& entry = calls_[id];
        // In two steps: the constructor starts timers, which need the entry to be there.
        entry.call = std::make_unique<Call>(id, *this, std::move(checkpoint));
        ++counters_.recovered;
        save_checkpoint(id);
        if (end_all) entry.call->hang_up("power loss");
    }
    reap();
}

}  // namespace portcullis::b2bua
