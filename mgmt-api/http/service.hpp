// SPDX-License-Identifier: BSD-2-Clause
// Service: what the HTTP server asks about every request; the front door implements it.
#pragma once

#include <optional>

#include "mgmt-api/http/message.hpp"
#include "mgmt-api/http/problem.hpp"

namespace portcullis::mgmt {

// Called on the REST thread. Outlives the server.
class Service {
 public:
    virtual ~Service() = default;
    // Judges the header section, before a byte of the body is read: the answer that refuses the
    // request, or nothing to admit it. Completes `request` (path, parameters, principal).
    [[nodiscard]] virtual std::optional<Response> admit(Request& request) = 0;
    // Answers an admitted request whose body is complete.
    virtual void handle(const RequestPtr& request, Respond respond) = 0;
    // The answer to what never became a request, as RFC 9457 and counted like the others.
    [[nodiscard]] virtual Response reject(const Request& request, const Problem& problem) = 0;
};

}  // namespace portcullis::mgmt
