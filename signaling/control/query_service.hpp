// SPDX-License-Identifier: BSD-2-Clause
// QueryService: what management asks of signaling: calls, one call, hang up, metrics, status.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>

#include "common/ipc/management.hpp"
#include "signaling/control/call_json.hpp"
#include "signaling/control/config_service.hpp"
#include "signaling/control/metrics.hpp"
#include "signaling/record/message_ring.hpp"

namespace portcullis::control {

// On the control thread; asks the shards by post and answers once, possibly later.
class QueryService {
 public:
    using Answer = std::function<void(management::QueryReply)>;

    QueryService(boost::asio::io_context& io, const Shards& shards, const ConfigService& config,
                 const policy::Admission& admission, record::RecordWriter& records,
                 const record::MessageRing& ring, std::uint32_t boot_epoch)
        : io_(io),
          shards_(shards),
          config_(config),
          admission_(admission),
          records_(records),
          ring_(ring),
          boot_epoch_(boot_epoch) {}

    // GET calls[?limit=N&after=ID] | calls/<id> | trunks/<name>/status | metrics | status,
    // DELETE calls/<id>; anything else is 404.
    void answer(const management::Query& query, const Answer& answer);

 private:
    void list_calls(std::string_view query, const Answer& answer);
    void show_call(CallId id, const Answer& answer);
    void finish_call(CallId id, Json call, const Answer& answer);
    void hang_up(CallId id, const Answer& answer);
    void show_trunk(const std::string& name, const Answer& answer);
    void metrics(const Answer& answer);
    void status(const Answer& answer);

    boost::asio::io_context& io_;
    const Shards& shards_;
    const ConfigService& config_;
    const policy::Admission& admission_;
    record::RecordWriter& records_;
    const record::MessageRing& ring_;
    std::uint32_t boot_epoch_;
};

}  // namespace portcullis::control
