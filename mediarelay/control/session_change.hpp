// SPDX-License-Identifier: BSD-2-Clause
// SessionChange: carries a SessionPlan out: takes ports, slots and ways first, then changes the
// record and says which commands make the worker follow.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <vector>

#include "mediarelay/control/former_state.hpp"
#include "mediarelay/control/session_record.hpp"
#include "mediarelay/control/worker_gateway.hpp"

namespace portcullis::relay {

struct ChangeContext {
    NextHops& hops;
    MediaPools& pools;
    std::span<WorkerGateway* const> workers;  // by WorkerId, at least one
    const FormerState& former;
};

struct ChangeRefusal {
    relay_api::Outcome outcome = relay_api::Outcome::BadRequest;
    std::string detail;
};

// What a session gave up; it is kept until the worker completed the change's commands.
struct Retired {
    struct Stream {
        StreamKey key;
        relay_api::StreamSpec spec;
        FlowRecord rtp;
        std::optional<FlowRecord> rtcp;
        PortLease ports;        // of a stream that is gone
        bool replaced = false;  // the stream lives on in other flows
    };
    std::vector<Stream> streams;
    std::vector<Way> ways;
};

// One operation. Destroying it before apply() gives everything back.
class SessionChange {
 public:
    // Takes what the plan needs. `session` stays as it is.
    [[nodiscard]] static std::expected<SessionChange, ChangeRefusal> reserve(
        SessionPlan plan, const SessionRecord& session, const ChangeContext& context);

    // Some neighbour that packets go to before anything is latched is not resolved yet.
    [[nodiscard]] bool unresolved(const NextHops& hops) const;

    // Changes the record; the result is for its worker, in order (may be empty).
    [[nodiscard]] std::vector<CommandBody> apply(SessionRecord& session,
                                                 const ChangeContext& context);
    // After apply().
    [[nodiscard]] Retired& retired() { return retired_; }

 private:
    struct NewStream {
        relay_api::StreamSpec spec;
        PortLease ports;  // empty: the present stream's
        std::uint16_t port = 0;
        FlowRecord rtp;
        std::optional<FlowRecord> rtcp;
        std::optional<Endpoint> rtp_latch;
        std::optional<Endpoint> rtcp_latch;
    };
    struct NewSettings {
        Way rtp;
        Way rtcp;
    };
    // One edit and what was taken for it.
    struct Step {
        StreamEdit edit;
        std::optional<NewStream> flows;       // new flows, also in place of present ones
        std::optional<NewSettings> settings;  // ways for new settings of present flows
    };
    using Commands = std::vector<CommandBody>;

    [[nodiscard]] std::expected<void, ChangeRefusal> reserve_step(StreamEdit edit,
                                                                  const SessionRecord& session,
                                                                  const ChangeContext& context);
    [[nodiscard]] std::expected<NewStream, ChangeRefusal> reserve_flows(
        const StreamEdit& edit, const StreamRecord* present, const SessionRecord& session,
        const ChangeContext& context);
    [[nodiscard]] std::expected<FlowRecord, ChangeRefusal> reserve_flow(
        const relay_api::StreamSpec& spec, const FlowName& name, std::uint16_t port,
        const IpAddress& local, const ChangeContext& context);
    [[nodiscard]] std::expected<Way, ChangeRefusal> reserve_way(const relay_api::StreamSpec& spec,
                                                                Component component,
                                                                const IpAddress& local,
                                                                const ChangeContext& context) const;

    void retire(SessionRecord& session, const StreamKey& key, bool replaced, Commands& out);
    void install(SessionRecord& session, Step& step, const ChangeContext& context, Commands& out);
    void change_settings(StreamRecord& stream, Step& step, Commands& out);
    void settle_stage(StreamRecord& stream, StreamEdit::Kind kind, Commands& out);
    static void link_all(SessionRecord& session, Commands& out);

    SessionPlan plan_;
    std::map<LegId, LegRecord> legs_;  // new ones
    WorkerId worker_ = kNoWorker;
    std::vector<Step> steps_;
    Retired retired_;
};

}  // namespace portcullis::relay
