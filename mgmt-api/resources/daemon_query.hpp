// SPDX-License-Identifier: BSD-2-Clause
// Questions to the daemons on behalf of REST requests.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>

#include "mgmt-api/http/message.hpp"
#include "mgmt-api/publish/config_service.hpp"

namespace portcullis::mgmt {

using DaemonAnswers = std::array<std::optional<management::QueryReply>, kDaemonCount>;

// GETs `path` from every daemon that is up, at once; `done` gets what came within `timeout`, in the
// order of kDaemons. Answers other than 200 count as none.
void query_all(ConfigService& config, const std::string& path, Milliseconds timeout,
               std::function<void(DaemonAnswers)> done);

// Passes one request on to a daemon and its answer back: JSON as it is, a failure as a problem.
// `finish` may add to the response of success.
void forward(ConfigService& config, Daemon daemon, const RequestPtr& request,
             const std::string& path, const Respond& respond,
             std::function<Response(Response)> finish = {});

}  // namespace portcullis::mgmt
