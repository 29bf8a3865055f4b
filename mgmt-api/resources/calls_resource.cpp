// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/calls_resource.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "mgmt-api/http/json.hpp"
#include "mgmt-api/resources/daemon_query.hpp"
#include "mgmt-api/resources/resource_util.hpp"

namespace portcullis::mgmt {

namespace {

constexpr std::size_t kMaxId = 128;

// The id becomes part of the path that signaling reads: nothing but plain names goes there.
bool is_call_id(const std::string& id) {
    return !id.empty() && id.size() <= kMaxId && std::ranges::all_of(id, [](char c) {
        return text::is_alpha(c) || text::is_digit(c) || c == '-' || c == '_';
    });
}

void forward_call(ConfigService& config, const RequestPtr& request, const Respond& respond) {
    const auto id = request->param("id");
    if (!is_call_id(id)) {
        return respond(problem_response(make_problem(ProblemKind::NotFound), *request));
    }
    forward(config, Daemon::Signaling, request, "calls/" + id, respond);
}

// One page of the live calls; the cursor is the last call's id.
void list_calls(ConfigService& config, const RequestPtr& request, const Respond& respond) {
    const auto limit = number_param(*request, "limit", 1, kMaxPage, kDefaultPage);
    if (!limit) return respond(problem_response(limit.error(), *request));
    std::string path = "calls?limit=" + std::to_string(*limit);
    if (const auto cursor = request->query_value("cursor")) {
        if (!is_call_id(std::string(*cursor))) {
            return respond(problem_response(
                make_problem(ProblemKind::InvalidParameter, "cursor is what \"next\" gave"),
                *request));
        }
        path += "&after=" + std::string(*cursor);
    }
    forward(config, Daemon::Signaling, request, path, respond, [request](Response page) {
        const auto json = parse_json(page.body);
        if (!json || !json->contains("next") || !(*json)["next"].is_string()) return page;
        return std::move(page).with(
            "Link", next_link(*request, "/api/v1/calls", (*json)["next"].get<std::string>()));
    });
}

}  // namespace

void mount_calls(Router& router, ConfigService& config) {
    router.add({.method = "GET",
                .path = "/api/v1/calls",
                .query = {"limit", "cursor"},
                .handler = [&config](const RequestPtr& request, const Respond& respond) {
                    list_calls(config, request, respond);
                }});
    for (const char* method : {"GET", "DELETE"}) {
        router.add({.method = method,
                    .path = "/api/v1/calls/{id}",
                    .query = {},
                    .handler = [&config](const RequestPtr& request, const Respond& respond) {
                        forward_call(config, request, respond);
                    }});
    }
}

}  // namespace portcullis::mgmt
