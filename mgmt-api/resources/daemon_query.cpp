// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/daemon_query.hpp"

#include "common/ipc/errc.hpp"
#include "mgmt-api/http/json.hpp"
#include "mgmt-api/resources/resource_util.hpp"

namespace portcullis::mgmt {

namespace {

constexpr Milliseconds kForwardTimeout{5000};

ProblemKind kind_of_status(unsigned status) {
    switch (status) {
        case 400:
            return ProblemKind::InvalidParameter;
        case 404:
            return ProblemKind::NotFound;
        case 405:
            return ProblemKind::MethodNotAllowed;
        case 409:
            return ProblemKind::InUse;
        case 503:
            return ProblemKind::Unavailable;
        default:
            return ProblemKind::BadGateway;
    }
}

// The words of a daemon's refusal: {"detail": "..."}, or plain text.
std::string detail_of(const management::QueryReply& reply) {
    const auto json = parse_json(reply.body);
    if (json && json->is_object() && json->contains("detail") && (*json)["detail"].is_string()) {
        return (*json)["detail"].get<std::string>();
    }
    return json ? std::string() : reply.body.substr(0, 500);
}

Response response_of(const management::QueryReply& reply, const Request& request) {
    if (reply.status == 204) {
        return Response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
    }
    if (reply.status < 200 || reply.status > 299) {
        return problem_response(make_problem(kind_of_status(reply.status), detail_of(reply)),
                                request);
    }
    if (reply.body.empty()) {
        return Response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
    }
    return Response{.status = reply.status,
                    .content_type = "application/json",
                    .body = reply.body,
                    .headers = {}};
}

}  // namespace

void query_all(ConfigService& config, const std::string& path, Milliseconds timeout,
               std::function<void(DaemonAnswers)> done) {
    struct Gathering {
        DaemonAnswers answers;
        std::size_t missing = kDaemonCount;
        std::function<void(DaemonAnswers)> done;
    };
    auto gathering = std::make_shared<Gathering>();
    gathering->done = std::move(done);
    for (const Daemon daemon : kDaemons) {
        auto take = [gathering, daemon](Result<management::QueryReply> reply) {
            if (reply && reply->status == 200) {
                gathering->answers[index_of(daemon)] = std::move(*reply);
            }
            if (--gathering->missing == 0) gathering->done(std::move(gathering->answers));
        };
        auto& link = config.link(daemon);
        if (link.up()) {
            link.query("GET", path, timeout, std::move(take));
        } else {
            take(fail(ipc::make_error_code(ipc::Errc::Disconnected)));
        }
    }
}

void forward(ConfigService& config, Daemon daemon, const RequestPtr& request,
             const std::string& path, const Respond& respond,
             std::function<Response(Response)> finish) {
    const std::string name(daemon_name(daemon));
    auto& link = config.link(daemon);
    if (!link.up()) {
        return respond(problem_response(
            make_problem(ProblemKind::DaemonUnavailable, name + " is not connected"), *request));
    }
    const std::string verb = request->method == "HEAD" ? "GET" : request->method;
    link.query(
        verb, path, kForwardTimeout,
        [request, respond, name, finish = std::move(finish)](Result<management::QueryReply> reply) {
            if (reply) {
                auto response = response_of(*reply, *request);
                if (finish && response.status == 200) response = finish(std::move(response));
                return respond(std::move(response));
            }
            const bool late = reply.error().code == ipc::make_error_code(ipc::Errc::TimedOut);
            respond(problem_response(
                make_problem(late ? ProblemKind::DaemonTimeout : ProblemKind::DaemonUnavailable,
                             name + ": " + reply.error().code.message()),
                *request));
        });
}

}  // namespace portcullis::mgmt
