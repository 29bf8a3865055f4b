// SPDX-License-Identifier: BSD-2-Clause
// FrontDoor: every rule that holds for all requests: routing, the token, parameters, media type.
#pragma once

#include "common/base/clock.hpp"
#include "mgmt-api/auth/audit.hpp"
#include "mgmt-api/auth/throttle.hpp"
#include "mgmt-api/auth/tokens.hpp"
#include "mgmt-api/http/router.hpp"
#include "mgmt-api/http/service.hpp"
#include "mgmt-api/metrics/api_counters.hpp"

namespace portcullis::mgmt {

// One per process, on the REST thread. Writes an audit row for every admitted request that may
// change something, once its answer is known.
class FrontDoor final : public Service {
 public:
    FrontDoor(const Router& router, TokenStore& tokens, Audit& audit, ApiCounters& counters,
              const Clock& clock)
        : router_(router), tokens_(tokens), audit_(audit), counters_(counters), clock_(clock) {}

    [[nodiscard]] std::optional<Response> admit(Request& request) override;
    void handle(const RequestPtr& request, Respond respond) override;
    [[nodiscard]] Response reject(const Request& request, const Problem& problem) override;

 private:
    [[nodiscard]] std::optional<Response> authenticate(Request& request);
    void finish(const Request& request, const Response& response);

    const Router& router_;
    TokenStore& tokens_;
    Audit& audit_;
    ApiCounters& counters_;
    const Clock& clock_;
    LoginThrottle throttle_;
};

}  // namespace portcullis::mgmt
