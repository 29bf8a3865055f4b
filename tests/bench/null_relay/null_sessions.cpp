// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/null_relay/null_sessions.hpp"

#include <algorithm>

namespace portcullis::bench {

using relay_api::Outcome;

Outcome NullSessions::add(SessionId session, Streams& streams, const relay_api::LegSpec& leg) {
    for (const auto& spec : leg.streams) {
        const bool known = std::ranges::any_of(streams, [&](const Stream& stream) {
            return stream.leg == leg.leg && stream.stream == spec.stream;
        });
        if (known) continue;
        auto* const pool = pools_.find(leg.pool);
        if (pool == nullptr) return Outcome::UnknownPool;
        const auto port = pools_.take(*pool, spec.requested_port, session);
        if (!port) return port.error();
        streams.push_back({leg.leg, spec.stream, pool->index, *port, spec.rtcp_mux});
    }
    return Outcome::Ok;
}

relay_api::OperationReply NullSessions::answer(SessionId session, std::uint32_t generation,
                                               Outcome outcome) {
    relay_api::OperationReply reply;
    reply.session = session;
    reply.generation = generation;
    reply.outcome = outcome;
    const auto found = sessions_.find(session.value);
    if (found == sessions_.end()) {
        if (outcome == Outcome::Ok) reply.outcome = Outcome::UnknownSession;
        return reply;
    }
    for (const auto& stream : found->second) {
        const auto* const pool = pools_.by_index(stream.pool);
        const auto rtcp = static_cast<std::uint16_t>(stream.mux ? stream.port : stream.port + 1);
        reply.ports.push_back({stream.leg, stream.stream, Endpoint{pool->address, stream.port},
                               Endpoint{pool->address, rtcp}, pool->advertised});
    }
    return reply;
}

relay_api::OperationReply NullSessions::apply(const relay_api::InstallSession& request) {
    auto& streams = sessions_[request.session.value];
    auto outcome = Outcome::Ok;
    for (const auto& leg : request.legs) {
        if (outcome == Outcome::Ok) outcome = add(request.session, streams, leg);
    }
    return answer(request.session, request.generation, outcome);
}

relay_api::OperationReply NullSessions::apply(const relay_api::AddLeg& request) {
    const auto found = sessions_.find(request.session.value);
    const auto outcome = found == sessions_.end()
                             ? Outcome::UnknownSession
                             : add(request.session, found->second, request.leg);
    return answer(request.session, request.generation, outcome);
}

relay_api::OperationReply NullSessions::apply(const relay_api::UpdateLeg& request) {
    return apply(relay_api::AddLeg{request.session, request.generation, request.leg});
}

relay_api::OperationReply NullSessions::apply(const relay_api::RemoveLeg& request) {
    const auto found = sessions_.find(request.session.value);
    if (found != sessions_.end()) {
        std::erase_if(found->second, [&](const Stream& stream) {
            if (stream.leg != request.leg) return false;
            pools_.release(stream.pool, stream.port);
            return true;
        });
    }
    return answer(request.session, request.generation, Outcome::Ok);
}

relay_api::SessionStats NullSessions::stats(SessionId session) const {
    relay_api::SessionStats stats;
    stats.session = session;
    const auto found = sessions_.find(session.value);
    if (found == sessions_.end()) {
        stats.outcome = Outcome::UnknownSession;
        return stats;
    }
    for (const auto& stream : found->second) {
        auto& figures = stats.streams.emplace_back();
        figures.leg = stream.leg;
        figures.stream = stream.stream;
    }
    return stats;
}

relay_api::SessionStats NullSessions::release(SessionId session) {
    auto stats = this->stats(session);
    stats.outcome = Outcome::Ok;
    const auto found = sessions_.find(session.value);
    if (found == sessions_.end()) return stats;
    for (const auto& stream : found->second) pools_.release(stream.pool, stream.port);
    sessions_.erase(found);
    return stats;
}

}  // namespace portcullis::bench
