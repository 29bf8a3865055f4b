// SPDX-License-Identifier: BSD-2-Clause
// NullSessions: sessions that have ports and nothing else; every request succeeds at once.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <vector>

#include "mediarelay/api/messages.hpp"
#include "mediarelay/control/media_pools.hpp"

namespace portcullis::bench {

// Takes ports from the relay's own pools as the relay would. One thread.
class NullSessions {
 public:
    explicit NullSessions(relay::MediaPools& pools) : pools_(pools) {}

    [[nodiscard]] relay_api::OperationReply apply(const relay_api::InstallSession& request);
    [[nodiscard]] relay_api::OperationReply apply(const relay_api::AddLeg& request);
    [[nodiscard]] relay_api::OperationReply apply(const relay_api::UpdateLeg& request);
    [[nodiscard]] relay_api::OperationReply apply(const relay_api::RemoveLeg& request);
    // Commit, Revert, SetLinks: nothing to do.
    template <class Request>
    [[nodiscard]] relay_api::OperationReply apply(const Request& request) {
        return answer(request.session, request.generation, relay_api::Outcome::Ok);
    }
    // The figures are those of a session that heard nothing.
    [[nodiscard]] relay_api::SessionStats release(SessionId session);
    [[nodiscard]] relay_api::SessionStats stats(SessionId session) const;

    [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
    struct Stream {
        LegId leg;
        std::uint16_t stream = 0;
        relay::PoolIndex pool = 0;
        std::uint16_t port = 0;
        bool mux = false;
    };
    using Streams = std::vector<Stream>;

    [[nodiscard]] relay_api::Outcome add(SessionId session, Streams& streams,
                                         const relay_api::LegSpec& leg);
    [[nodiscard]] relay_api::OperationReply answer(SessionId session, std::uint32_t generation,
                                                   relay_api::Outcome outcome);

    relay::MediaPools& pools_;
    boost::unordered_flat_map<std::uint64_t, Streams> sessions_;
};

}  // namespace portcullis::bench
