// SPDX-License-Identifier: BSD-2-Clause
// Problem: every error answer of the API, as RFC 9457 problem details, from one table of kinds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mgmt-api/http/message.hpp"

namespace portcullis::mgmt {

enum class ProblemKind {
    MalformedRequest,
    MalformedJson,
    UnknownParameter,
    InvalidParameter,
    UnexpectedBody,
    Unauthorized,
    NotFound,
    MethodNotAllowed,
    InUse,
    RefusedByDaemon,
    PreconditionFailed,
    BodyTooLarge,
    UnsupportedMediaType,
    InvalidDocument,
    PreconditionRequired,
    TooManyRequests,
    HeaderTooLarge,
    NotImplemented,
    BadGateway,
    Unavailable,
    DaemonUnavailable,
    DaemonTimeout,
    StoreFailed,
    Internal,
};

// One reason, with the JSON pointer of the member it is about (empty: the whole document).
struct ProblemError {
    std::string pointer;
    std::string code;
    std::string message;
    std::string hint;
};

struct Problem {
    ProblemKind kind = ProblemKind::Internal;
    std::string detail;
    std::vector<ProblemError> errors;
    std::vector<std::string> used_by;  // of InUse: the objects that refer to this one
};

// The status code that a kind is answered with.
[[nodiscard]] unsigned problem_status(ProblemKind kind);

// The answer; `instance` is the request's path and `trace_id` its id in the log.
[[nodiscard]] Response problem_response(const Problem& problem, std::string_view instance,
                                        std::string_view trace_id);
[[nodiscard]] Response problem_response(const Problem& problem, const Request& request);

}  // namespace portcullis::mgmt
