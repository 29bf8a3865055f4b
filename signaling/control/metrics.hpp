// SPDX-License-Identifier: BSD-2-Clause
// metrics: signaling's part of the Prometheus text, from one set of figures per shard.
#pragma once

#include <string>
#include <vector>

#include "policy/admission.hpp"
#include "signaling/control/tls_watch.hpp"
#include "signaling/record/record_writer.hpp"
#include "signaling/shard.hpp"

namespace portcullis::control {

// Copied on a shard's thread, added up on the control thread.
struct ShardFigures {
    std::vector<std::size_t> calls_by_state = std::vector<std::size_t>(5);
    std::size_t dialogs = 0;
    std::size_t tombstones = 0;
    std::size_t timers = 0;
    std::uint64_t late_answers_refused = 0;
    std::uint64_t relay_reconnects = 0;
    bool relay_ready = false;
    b2bua::CallCounters calls;
    b2bua::CoreCounters core;
    b2bua::ChallengeCounters challenges;
    transaction::TransactionCounts transactions;
    transport::Counters transport;
    std::size_t connections = 0;
    std::size_t missing_listeners = 0;
    std::uint64_t dropped_messages = 0;
    std::uint64_t dropped_records = 0;
    locate::ShardCounters locator;
    const locate::Counters* dns = nullptr;  // the same of all shards
    trunk::TrunkStatesPtr trunks;           // of the shard that serves them
};

[[nodiscard]] ShardFigures figures_of(Shard& shard, const record::RecordFeed& feed);

[[nodiscard]] std::string metrics_text(const std::vector<ShardFigures>& shards,
                                       const policy::Admission& admission,
                                       const record::RecordWriter& records,
                                       std::uint64_t config_revision,
                                       const std::vector<TlsFigures>& certificates);

}  // namespace portcullis::control
