// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/config_resource.hpp"

#include "mgmt-api/http/etag.hpp"
#include "mgmt-api/http/json.hpp"
#include "mgmt-api/resources/resource_util.hpp"
#include "mgmt-api/resources/stored_secrets.hpp"
#include "policy/config/reader.hpp"
#include "policy/config/writer.hpp"

namespace portcullis::mgmt {

namespace {

Response get_config(const Request& request, const CurrentConfig& current) {
    Response response{.status = 200, .content_type = {}, .body = {}, .headers = {}};
    response.with("ETag", etag_of(current.revision));
    if (not_modified(request, current.revision)) {
        response.status = 304;
        return response;
    }
    response.content_type = "application/json";
    response.body = config::write_document(current.document);
    return response;
}

// Before the first revision there is nothing to lose, but "0" is the ETag that GET gave.
std::optional<std::uint64_t> existing_revision(const Request& request,
                                               const CurrentConfig& current) {
    if (current.revision == 0 && !request.header("if-match")) return std::nullopt;
    return current.revision;
}

void put_config(const RequestPtr& request, ConfigService& config, const Respond& respond) {
    const auto dry_run = flag_param(*request, "dry_run");
    if (!dry_run) return respond(problem_response(dry_run.error(), *request));
    auto json = parse_json(request->body);
    if (!json) {
        return respond(problem_response(
            make_problem(ProblemKind::MalformedJson, json.error().detail), *request));
    }
    const auto need = *dry_run ? IfMatch::Optional : IfMatch::Required;
    auto edit = [request, need, body = std::move(*json)](
                    const CurrentConfig& current) -> std::expected<config::Document, Problem> {
        const auto revision = existing_revision(*request, current);
        if (auto problem = check_write(*request, revision, need)) {
            return std::unexpected(std::move(*problem));
        }
        Json whole = body;
        keep_secrets(whole, current.document);
        auto document = config::load_document(print_json(whole));
        if (!document) return std::unexpected(validation_problem(document.error()));
        return std::move(*document);
    };
    auto done = [request, respond, &config,
                 dry_run = *dry_run](std::expected<ChangeOutcome, Problem> outcome) {
        if (!outcome) {
            auto response = problem_response(outcome.error(), *request);
            if (response.status == 412) response.with("ETag", etag_of(config.current().revision));
            return respond(std::move(response));
        }
        if (dry_run) return respond(dry_run_response(*outcome));
        auto response = json_response(outcome_json(*outcome));
        response.with("ETag", etag_of(outcome->revision));
        add_outcome_headers(response, *outcome);
        respond(std::move(response));
    };
    config.submit(
        {.edit = std::move(edit),
         .author = request->principal.token_id,
         .comment = std::string(request->header("portcullis-comment").value_or(std::string_view{})),
         .dry_run = *dry_run,
         .done = std::move(done)});
}

}  // namespace

void mount_config(Router& router, ConfigService& config) {
    router.add({.method = "GET",
                .path = "/api/v1/config",
                .query = {},
                .handler = [&config](const RequestPtr& request, const Respond& respond) {
                    respond(get_config(*request, config.current()));
                }});
    router.add({.method = "PUT",
                .path = "/api/v1/config",
                .query = {"dry_run"},
                .body = Body::JsonText,
                .handler = [&config](const RequestPtr& request, const Respond& respond) {
                    put_config(request, config, respond);
                }});
}

}  // namespace portcullis::mgmt
