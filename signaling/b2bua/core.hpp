// SPDX-License-Identifier: BSD-2-Clause
// Core: the UAS and UAC core of one shard (RFC 3261 section 8): dispatches what transactions bring.
#pragma once

#include <cstdint>
#include <string>

#include "policy/classify.hpp"
#include "signaling/b2bua/call_manager.hpp"
#include "signaling/b2bua/challenger.hpp"
#include "signaling/b2bua/outgoing.hpp"
#include "signaling/b2bua/passages.hpp"
#include "signaling/transaction/transaction_user.hpp"
#include "signaling/trunk/trunk_service.hpp"
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis::b2bua {

// To whom a call does not belong.
inline constexpr sip::Warning kForeign("not from this address");

struct CoreCounters {
    std::uint64_t dropped_denied = 0;   // by an access list
    std::uint64_t dropped_unknown = 0;  // no trunk, in a realm that stays silent
    std::uint64_t refused_unknown = 0;  // no trunk: 403
    std::uint64_t refused_foreign = 0;  // in a call, from an address that may not: 403
    std::uint64_t dropped_foreign = 0;  // an ACK of that kind, which gets no answer
    std::uint64_t without_dialog = 0;   // 481
    std::uint64_t options_answered = 0;
    std::uint64_t stray_successes = 0;  // 2xx that nobody knows
};

// One per shard, its thread only; `calls` outlives it.
class Core final : public transaction::TransactionUser {
 public:
    Core(CallManager& calls, shard::TimerWheel& wheel) : calls_(calls), passages_(calls, wheel) {}

    void attach(transaction::TransactionLayer& transactions) {
        transactions_ = &transactions;
        passages_.attach(transactions);
    }
    // On the shard that has it: its responses go there.
    void attach(trunk::TrunkService& trunks) { trunks_ = &trunks; }
    void attach(trunk::TrunkView& view) { trunk_view_ = &view; }
    // The one of all shards.
    void attach(std::shared_ptr<auth::SourceThrottle> throttle) {
        challenger_.share(std::move(throttle));
    }

    // Asked for every datagram and connection: whether `source` may be heard on `interface` at all.
    [[nodiscard]] bool hears(std::string_view interface, const IpAddress& source);
    // Whether a request from there that is too malformed to classify gets an answer.
    [[nodiscard]] bool answers_malformed(std::string_view interface, const IpAddress& source);

    [[nodiscard]] transaction::Verdict screen(const sip::Message& request,
                                              const transport::Source& source) override;
    void on_request(transaction::ServerId id, sip::MessagePtr request,
                    const transport::Source& source) override;
    [[nodiscard]] bool on_ack(sip::MessagePtr ack, const transport::Source& source) override;
    [[nodiscard]] transaction::Verdict judge_cancel(transaction::ServerId invite,
                                                    const sip::Message& cancel,
                                                    const transport::Source& source) override;
    void on_cancel(transaction::ServerId cancel, transaction::ServerId invite,
                   sip::MessagePtr request, const transport::Source& source) override;
    void on_response(transaction::ClientId id, sip::MessagePtr response,
                     const transport::Source& source) override;
    void on_stray_response(sip::MessagePtr response, const transport::Source& source) override;
    void on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) override;
    void on_server_timeout(transaction::ServerId id) override;
    void on_missing_ack(transaction::ServerId id) override;
    void on_server_transport_error(transaction::ServerId id) override;
    void on_client_terminated(transaction::ClientId id) override;
    void on_server_terminated(transaction::ServerId id) override;

    [[nodiscard]] const CoreCounters& counters() const { return counters_; }
    [[nodiscard]] const Passages& passages() const { return passages_; }
    [[nodiscard]] const ChallengeCounters& challenges() const { return challenger_.counters(); }

 private:
    void answer(transaction::ServerId id, const sip::Message& request, int code,
                HeaderList headers = {});
    void refuse(transaction::ServerId id, const sip::Message& request, int code, sip::Warning why,
                HeaderList headers = {}) {
        answer(id, request, code, warned(why, std::move(headers)));
    }
    // The same within a call, whose story says so.
    void refuse(Call& call, transaction::ServerId id, const sip::Message& request, int code,
                sip::Warning why, HeaderList headers = {});
    void in_dialog(transaction::ServerId id, const sip::MessagePtr& request,
                   const transport::Source& source);
    void out_of_dialog(transaction::ServerId id, const sip::MessagePtr& request,
                       const transport::Source& source);
    void pass_on(transaction::ServerId id, const sip::MessagePtr& request,
                 const transport::Source& source);
    void new_call(transaction::ServerId id, const sip::MessagePtr& request,
                  const transport::Source& source);
    [[nodiscard]] bool returns_unchanged(const sip::Message& request);
    [[nodiscard]] bool replaces_call(CallSetup& setup);
    // `cause`: for the record, where it is more than what the caller hears.
    void refuse_call(transaction::ServerId id, const sip::Message& request, const CallSetup& setup,
                     int code, sip::Warning why, HeaderList headers = {}, std::string cause = {});
    // Where named gateways were found last; nullptr without trunk states.
    [[nodiscard]] const policy::ResolvedGateways* resolved() const;
    // Leaves out the gateways that are down or rest. False, with the reason, when none is left.
    [[nodiscard]] bool keep_usable_targets(policy::Proceed& route, std::string& reason) const;
    [[nodiscard]] bool knows_dialog(const sip::Message& request);
    [[nodiscard]] bool may_speak_for(const Leg& leg, const transport::Source& source) const;
    void report_foreign(const sip::Message& request, const transport::Source& source,
                        const Leg& leg) const;
    // A request within a dialog from where its peer never was. False: it has been answered.
    [[nodiscard]] bool proves_itself(transaction::ServerId id, const sip::Message& request,
                                     const transport::Source& source, const Leg& leg,
                                     Call* call = nullptr);
    [[nodiscard]] policy::ClassifyFacts facts_of(const sip::Message& request,
                                                 const transport::Source& source,
                                                 std::string_view realm) const;
    // Empty for an interface that is configured no longer.
    [[nodiscard]] std::string_view realm_of(std::string_view interface) const;
    [[nodiscard]] std::string_view realm_of(const transport::Source& source) const {
        return realm_of(std::string_view(source.interface));
    }

    CallManager& calls_;
    Passages passages_;
    Challenger challenger_;
    transaction::TransactionLayer* transactions_ = nullptr;
    trunk::TrunkService* trunks_ = nullptr;
    trunk::TrunkView* trunk_view_ = nullptr;
    CoreCounters counters_;
};

}  // namespace portcullis::b2bua
