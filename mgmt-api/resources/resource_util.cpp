// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/resource_util.hpp"

#include <array>

#include "common/base/text.hpp"
#include "mgmt-api/http/target.hpp"

namespace portcullis::mgmt {

Problem make_problem(ProblemKind kind, std::string detail) {
    return {.kind = kind, .detail = std::move(detail), .errors = {}, .used_by = {}};
}

std::expected<bool, Problem> flag_param(const Request& request, std::string_view name) {
    const auto value = request.query_value(name);
    if (!value || *value == "false") return false;
    if (*value == "true") return true;
    return std::unexpected(
        make_problem(ProblemKind::InvalidParameter, std::string(name) + " is true or false"));
}

std::string next_link(const Request& request, std::string_view path, std::string_view cursor) {
    std::string link = "<" + std::string(path) + "?";
    for (const auto& [name, value] : request.query) {
        if (name != "cursor") link += percent_encode(name) + "=" + percent_encode(value) + "&";
    }
    return link + "cursor=" + percent_encode(cursor) + ">; rel=\"next\"";
}

std::expected<std::uint64_t, Problem> number_param(const Request& request, std::string_view name,
                                                   std::uint64_t low, std::uint64_t high,
                                                   std::uint64_t otherwise) {
    const auto text = request.query_value(name);
    if (!text) return otherwise;
    const auto value = text::to_number<std::uint64_t>(*text);
    if (value && *value >= low && *value <= high) return *value;
    return std::unexpected(make_problem(ProblemKind::InvalidParameter,
                                        std::string(name) + " is a number from " +
                                            std::to_string(low) + " to " + std::to_string(high)));
}

Json own_json(const std::string& text) {
    return text.empty() ? Json() : Json::parse(text, nullptr, false);
}

Json changes_json(const std::vector<ObjectChange>& changes) {
    constexpr std::array<std::string_view, 4> kOps{"add", "replace", "remove", "reorder"};
    Json out = Json::array();
    for (const auto& change : changes) {
        Json row{{"op", kOps.at(static_cast<std::size_t>(change.kind))}, {"path", change.path}};
        if (!change.before.empty()) row["before"] = own_json(change.before);
        if (!change.after.empty()) row["after"] = own_json(change.after);
        out.push_back(std::move(row));
    }
    return out;
}

Response dry_run_response(const ChangeOutcome& outcome) {
    return json_response(Json{{"valid", true},
                              {"revision", outcome.revision},
                              {"changes", changes_json(outcome.changes)}});
}

Json outcome_json(const ChangeOutcome& outcome) {
    Json pending = Json::array();
    for (const Daemon daemon : outcome.pending) pending.push_back(daemon_name(daemon));
    return Json{{"revision", outcome.revision},
                {"pending", std::move(pending)},
                {"changes", changes_json(outcome.changes)}};
}

void add_outcome_headers(Response& response, const ChangeOutcome& outcome) {
    response.with("Portcullis-Revision", std::to_string(outcome.revision));
    std::string pending;
    for (const Daemon daemon : outcome.pending) {
        pending += (pending.empty() ? "" : ", ") + std::string(daemon_name(daemon));
    }
    if (!pending.empty()) response.with("Portcullis-Pending", std::move(pending));
}

}  // namespace portcullis::mgmt
