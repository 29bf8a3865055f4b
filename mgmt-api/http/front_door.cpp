// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/front_door.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "common/base/text.hpp"
#include "mgmt-api/http/target.hpp"

namespace portcullis::mgmt {

namespace {

constexpr std::size_t kMaxComment = 500;

bool is_known_method(std::string_view method) {
    constexpr std::string_view kMethods[] = {"GET",    "HEAD",  "PUT",     "POST",
                                             "DELETE", "PATCH", "OPTIONS", "TRACE"};
    return std::ranges::find(kMethods, method) != std::end(kMethods);
}

bool may_change_something(const Request& request) {
    const auto& method = request.method;
    return (method == "PUT" || method == "POST" || method == "DELETE" || method == "PATCH") &&
           request.query_value("dry_run") != "true";
}

// The declared length of the body; chunked counts as a body of unknown length.
bool announces_body(const Request& request) {
    if (request.header("transfer-encoding")) return true;
    const auto length = request.header("content-length");
    return length && *length != "0";
}

std::optional<Problem> check_media_type(const Request& request) {
    const auto encoding = request.header("content-encoding");
    if (encoding && !text::iequals(text::trim(*encoding), "identity")) {
        return Problem{.kind = ProblemKind::UnsupportedMediaType,
                       .detail = "compressed bodies are not accepted",
                       .errors = {},
                       .used_by = {}};
    }
    const auto type = request.header("content-type").value_or(std::string_view{});
    const auto [media, parameters] = text::cut(type, ';');
    const auto charset = text::trim(parameters);
    if (text::iequals(text::trim(media), "application/json") &&
        (charset.empty() || text::iequals(charset, "charset=utf-8"))) {
        return std::nullopt;
    }
    return Problem{.kind = ProblemKind::UnsupportedMediaType,
                   .detail = "send Content-Type: application/json",
                   .errors = {},
                   .used_by = {}};
}

std::optional<Problem> check_query(const Request& request, const Route& route) {
    std::vector<std::string_view> seen;
    for (const auto& [name, value] : request.query) {
        const bool known = std::ranges::find(route.query, name) != route.query.end();
        const bool twice = std::ranges::find(seen, std::string_view(name)) != seen.end();
        if (!known || twice) {
            return Problem{.kind = ProblemKind::UnknownParameter,
                           .detail = text::printable(name, 64) +
                                     (known ? " comes twice" : " is not known here"),
                           .errors = {},
                           .used_by = {}};
        }
        seen.emplace_back(name);
    }
    return std::nullopt;
}

Problem make_problem(ProblemKind kind, std::string detail) {
    return {.kind = kind, .detail = std::move(detail), .errors = {}, .used_by = {}};
}

}  // namespace

Response FrontDoor::reject(const Request& request, const Problem& problem) {
    auto response = problem_response(problem, request);
    counters_.count(request.route, request.method, response.status);
    return response;
}

std::optional<Response> FrontDoor::admit(Request& request) {
    if (!is_known_method(request.method)) {
        return reject(request, make_problem(ProblemKind::NotImplemented, {}));
    }
    const auto comment = request.header("portcullis-comment").value_or(std::string_view{});
    if (comment.size() > kMaxComment || !is_utf8(comment)) {
        return reject(request, make_problem(ProblemKind::MalformedRequest,
                                            "Portcullis-Comment is UTF-8 of at most 500 bytes"));
    }
    auto target = parse_target(request.target);
    if (!target)
        return reject(request, make_problem(ProblemKind::MalformedRequest, "bad request target"));
    request.segments = std::move(target->segments);
    request.query = std::move(target->query);
    auto match = router_.find(request.method, request.segments);

    // Without a token, nothing is told apart: not even which paths exist.
    const bool is_public = match.route != nullptr && match.route->access == Access::Public;
    if (match.route != nullptr) request.route = match.route->path;
    if (!is_public) {
        if (auto refusal = authenticate(request)) return refusal;
    }
    if (match.route == nullptr) {
        if (match.allowed.empty()) return reject(request, make_problem(ProblemKind::NotFound, {}));
        auto response = reject(request, make_problem(ProblemKind::MethodNotAllowed,
                                                     "this path allows " + match.allowed));
        response.with("Allow", match.allowed);
        return response;
    }
    request.params = std::move(match.params);
    if (auto problem = check_query(request, *match.route)) return reject(request, *problem);
    if (match.route->body == Body::None) {
        if (announces_body(request))
            return reject(request, make_problem(ProblemKind::UnexpectedBody, {}));
    } else if (auto problem = check_media_type(request)) {
        return reject(request, *problem);
    }
    return std::nullopt;
}

std::optional<Response> FrontDoor::authenticate(Request& request) {
    const auto header = request.header("authorization");
    std::string_view credentials;
    if (header) {
        const auto [scheme, rest] = text::cut(text::trim(*header), ' ');
        if (text::iequals(scheme, "bearer")) credentials = text::trim(rest);
    }
    auto checked = tokens_.check(credentials, clock_.wall_now());
    if (!checked) {
        // Nobody presented anything wrong: not counted for the throttle. The reason is ours alone.
        log::component("store").error("token_check_failed {}", checked.error().text());
        return reject(request, make_problem(ProblemKind::StoreFailed, {}));
    }
    if (*checked) {
        request.principal = std::move(**checked);
        return std::nullopt;
    }
    // A right token is always served: 256 random bits are not guessed, and a neighbour behind the
    // same address must not be able to lock an operator out.
    const auto wait = throttle_.on_failure(request.remote, clock_.now());
    log::component("auth").log(wait.count() > 0 ? spdlog::level::debug : spdlog::level::warn,
                               "login_failed remote={} trace_id={}", request.remote,
                               request.trace_id);
    if (wait.count() > 0) {
        Response response = reject(request, make_problem(ProblemKind::TooManyRequests, {}));
        response.with("Retry-After", std::to_string(wait.count()));
        return response;
    }
    Response response = reject(request, make_problem(ProblemKind::Unauthorized, {}));
    response.with("WWW-Authenticate", header
                                          ? "Bearer realm=\"portcullis\", error=\"invalid_token\""
                                          : "Bearer realm=\"portcullis\"");
    return response;
}

void FrontDoor::handle(const RequestPtr& request, Respond respond) {
    auto match = router_.find(request->method, request->segments);
    auto done = [this, request, respond = std::move(respond)](Response response) {
        finish(*request, response);
        respond(std::move(response));
    };
    match.route->handler(request, std::move(done));
}

void FrontDoor::finish(const Request& request, const Response& response) {
    counters_.count(request.route, request.method, response.status);
    if (!may_change_something(request)) return;
    std::string revision;
    for (const auto& [name, value] : response.headers) {
        if (name == "Portcullis-Revision") revision = value;
    }
    audit_.append(
        {.at = clock_.wall_now(),
         .token_id = request.principal.token_id,
         .remote = request.remote,
         .method = request.method,
         .path = request.target,
         .status = response.status,
         .revision = revision,
         .comment = std::string(request.header("portcullis-comment").value_or(std::string_view{})),
         .trace_id = request.trace_id});
}

}  // namespace portcullis::mgmt
