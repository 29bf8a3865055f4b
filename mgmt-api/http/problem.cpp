// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/problem.hpp"

#include <algorithm>
#include <array>

#include "common/base/assert.hpp"
#include "mgmt-api/http/json.hpp"

namespace portcullis::mgmt {

namespace {

struct KindRow {
    ProblemKind kind;
    unsigned status;
    std::string_view slug;
    std::string_view title;
};

using enum ProblemKind;
constexpr std::array kKinds{
    KindRow{MalformedRequest, 400, "malformed-request", "The request is malformed"},
    KindRow{MalformedJson, 400, "malformed-json", "The body is not well-formed JSON"},
    KindRow{UnknownParameter, 400, "unknown-parameter", "Unknown query parameter"},
    KindRow{InvalidParameter, 400, "invalid-parameter", "Invalid parameter"},
    KindRow{UnexpectedBody, 400, "unexpected-body", "This request takes no body"},
    KindRow{Unauthorized, 401, "unauthorized", "A valid bearer token is required"},
    KindRow{NotFound, 404, "not-found", "No such resource"},
    KindRow{MethodNotAllowed, 405, "method-not-allowed", "The resource has no such method"},
    KindRow{InUse, 409, "in-use", "The object is in use"},
    KindRow{RefusedByDaemon, 409, "refused-by-daemon", "A daemon refused the configuration"},
    KindRow{PreconditionFailed, 412, "precondition-failed", "The resource has changed"},
    KindRow{BodyTooLarge, 413, "body-too-large", "The body is too large"},
    KindRow{UnsupportedMediaType, 415, "unsupported-media-type", "The body must be JSON"},
    KindRow{InvalidDocument, 422, "validation", "The configuration is not valid"},
    KindRow{PreconditionRequired, 428, "precondition-required", "If-Match is required"},
    KindRow{TooManyRequests, 429, "too-many-requests", "Too many failed attempts"},
    KindRow{HeaderTooLarge, 431, "header-too-large", "The header section is too large"},
    KindRow{Internal, 500, "internal", "Internal error"},
    KindRow{NotImplemented, 501, "not-implemented", "Unknown method"},
    KindRow{BadGateway, 502, "bad-daemon-answer", "A daemon gave an unusable answer"},
    KindRow{Unavailable, 503, "unavailable", "Temporarily unavailable"},
    KindRow{DaemonUnavailable, 503, "daemon-unavailable", "A daemon is not reachable"},
    KindRow{DaemonTimeout, 504, "daemon-timeout", "A daemon did not answer in time"},
    KindRow{StoreFailed, 503, "store-failed", "The store cannot be used"},
};

const KindRow& row_of(ProblemKind kind) {
    const auto row = std::ranges::find(kKinds, kind, &KindRow::kind);
    PORTCULLIS_ASSERT(row != kKinds.end());
    return *row;
}

Json to_json(const ProblemError& error) {
    Json out{{"pointer", error.pointer}, {"code", error.code}, {"message", error.message}};
    if (!error.hint.empty()) out["hint"] = error.hint;
    return out;
}

}  // namespace

unsigned problem_status(ProblemKind kind) { return row_of(kind).status; }

Response problem_response(const Problem& problem, std::string_view instance,
                          std::string_view trace_id) {
    const KindRow& row = row_of(problem.kind);
    Json body{{"type", "/problems/" + std::string(row.slug)},
              {"title", row.title},
              {"status", row.status},
              {"instance", instance},
              {"trace_id", trace_id}};
    if (!problem.detail.empty()) body["detail"] = problem.detail;
    if (!problem.errors.empty()) {
        Json errors = Json::array();
        for (const auto& error : problem.errors) errors.push_back(to_json(error));
        body["errors"] = std::move(errors);
    }
    if (!problem.used_by.empty()) body["used_by"] = problem.used_by;
    Response response{.status = row.status,
                      .content_type = "application/problem+json",
                      .body = print_json(body),
                      .headers = {}};
    if (row.status == 503) response.with("Retry-After", "2");
    return response;
}

Response problem_response(const Problem& problem, const Request& request) {
    return problem_response(problem, request.target, request.trace_id);
}

}  // namespace portcullis::mgmt
