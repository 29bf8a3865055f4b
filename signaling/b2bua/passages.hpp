// SPDX-License-Identifier: BSD-2-Clause
// Passages: MESSAGE, SUBSCRIBE, NOTIFY, PUBLISH, OPTIONS and REFER outside of calls, from trunk to
// trunk by the routes that calls take, with each side's topology hidden from the other.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "signaling/b2bua/passage.hpp"
#include "signaling/locate/locator.hpp"
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis::transaction {
class TransactionLayer;
}

namespace portcullis::b2bua {

class CallManager;

struct PassageCounters {
    std::uint64_t passed = 0;   // requests that were answered by the other side
    std::uint64_t refused = 0;  // too many at once, no target, no such event
};

// One per shard, its thread only; `calls` is the shard's and outlives it.
class Passages {
 public:
    // More at once on one shard are a flood.
    static constexpr std::size_t kMaxPassages = 20000;
    // Of a subscription whose time is over: what may still be under way.
    static constexpr std::chrono::seconds kGrace{32};

    Passages(CallManager& calls, shard::TimerWheel& wheel) : calls_(calls), wheel_(wheel) {}
    ~Passages();
    Passages(const Passages&) = delete;
    Passages& operator=(const Passages&) = delete;

    void attach(transaction::TransactionLayer& transactions) { transactions_ = &transactions; }

    // Answers the request in the end, one way or the other.
    void begin(PassageSetup setup);

    // Whether the tags of a request are those of a dialog here.
    [[nodiscard]] bool knows(const sip::Message& request) const;
    // The leg that such a request belongs to.
    [[nodiscard]] const Leg* leg_of(const sip::Message& request) const;
    void on_request(transaction::ServerId id, const sip::MessagePtr& request,
                    const transport::Source& source);
    // False: not of a passage.
    [[nodiscard]] bool on_response(transaction::ClientId id, const sip::MessagePtr& response,
                                   const transport::Source& source);
    [[nodiscard]] bool on_client_failure(transaction::ClientId id,
                                         transaction::ClientFailure failure);

    [[nodiscard]] std::size_t size() const { return passages_.size(); }
    [[nodiscard]] const PassageCounters& counters() const { return counters_; }

 private:
    struct Found {
        Passage* passage = nullptr;
        Side side = Side::A;
    };

    [[nodiscard]] Found find(const sip::Message& request) const;
    [[nodiscard]] Passage* find(PassageId id) const;
    void next_target(Passage& passage);
    void add_servers(Passage& passage, const locate::Answer& found);
    [[nodiscard]] bool prepare(Passage& passage);
    void report(const Passage& passage, trunk::Sighting sighting,
                std::optional<std::chrono::seconds> retry_after);
    // What crosses for a trunk whose challenges are the sender's to answer; else nothing.
    [[nodiscard]] HeaderList carried_credentials(std::string_view trunk,
                                                 const sip::Message& request);
    [[nodiscard]] HeaderList carried_challenges(std::string_view trunk,
                                                const sip::Message& response);
    void send(Passage& passage);
    void on_first_response(Passage& passage, const sip::MessagePtr& response,
                           const transport::Source& source);
    void accepted(Passage& passage, const sip::Message& response, const transport::Source& source);
    void pass(Passage& passage, PassingRequest request, HeaderList credentials);
    void on_pending_response(Passage& passage, PassingRequest& request,
                             const sip::Message& response);
    void answer(transaction::ServerId id, const sip::Message& request, int code,
                const sip::Message* response, HeaderList headers = {},
                const Passage* made = nullptr);
    [[nodiscard]] HeaderList carried_back(Passage& passage, const sip::Message& response,
                                          Side to) const;
    void refuse(transaction::ServerId id, const sip::Message& request, int code, sip::Warning why,
                HeaderList headers = {});
    void refuse(Passage& passage, int code);
    void live_for(Passage& passage, std::chrono::seconds expires);
    void on_timer(PassageId id);
    void end(PassageId id);
    [[nodiscard]] HeaderList carried(const Passage& passage, const sip::Message& message,
                                     Side from) const;

    CallManager& calls_;
    shard::TimerWheel& wheel_;
    transaction::TransactionLayer* transactions_ = nullptr;
    std::unordered_map<PassageId, std::unique_ptr<Passage>> passages_;
    std::unordered_map<transaction::ClientId, PassageId> by_client_;
    // Call-ID and our tag, of either side's dialog or dialog to be.
    std::unordered_map<std::string, PassageId> by_dialog_;
    std::uint64_t last_ = 0;
    PassageCounters counters_;
};

}  // namespace portcullis::b2bua
