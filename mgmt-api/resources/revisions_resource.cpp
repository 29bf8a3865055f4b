// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/revisions_resource.hpp"

#include "common/base/text.hpp"
#include "mgmt-api/http/etag.hpp"
#include "mgmt-api/http/json.hpp"
#include "mgmt-api/resources/resource_util.hpp"
#include "policy/config/reader.hpp"
#include "policy/config/writer.hpp"

namespace portcullis::mgmt {

namespace {

constexpr std::uint64_t kDefaultLimit = 50;
constexpr std::uint64_t kMaxLimit = 1000;

Json info_json(const RevisionInfo& info) {
    Json out{{"revision", info.number},
             {"created_at", info.created_at},
             {"author", info.author},
             {"comment", info.comment},
             {"state", state_name(info.state)}};
    if (!info.reason.empty()) out["reason"] = info.reason;
    return out;
}

Json row_json(const AuditRow& row) {
    return Json{{"id", row.id},
                {"at", row.at},
                {"token", row.entry.token_id},
                {"remote", row.entry.remote},
                {"method", row.entry.method},
                {"path", row.entry.path},
                {"status", row.entry.status},
                {"revision", row.entry.revision},
                {"comment", row.entry.comment},
                {"trace_id", row.entry.trace_id}};
}

Response store_failure(const Error& error, const Request& request) {
    return problem_response(make_problem(ProblemKind::StoreFailed, error.text()), request);
}

struct Page {
    std::uint64_t limit = 0;
    std::uint64_t before = 0;
};

std::expected<Page, Problem> page_of(const Request& request) {
    const auto limit = number_param(request, "limit", 1, kMaxLimit, kDefaultLimit);
    if (!limit) return std::unexpected(limit.error());
    const auto before = number_param(request, "before", 1, INT64_MAX, 0);
    if (!before) return std::unexpected(before.error());
    return Page{.limit = *limit, .before = *before};
}

// Both lists alike: rows newest first, and where the next page starts. `id`: of a row.
template <class List, class ToJson, class Id>
Response page_response(const Request& request, List list, ToJson to_json, Id id) {
    const auto page = page_of(request);
    if (!page) return problem_response(page.error(), request);
    const auto rows = list(page->before, static_cast<std::size_t>(page->limit));
    if (!rows) return store_failure(rows.error(), request);
    Json items = Json::array();
    for (const auto& row : *rows) items.push_back(to_json(row));
    Json body{{"items", std::move(items)}};
    if (rows->size() == page->limit) body["next_before"] = id(rows->back());
    return json_response(body);
}

std::expected<config::Document, Problem> stored_document(ConfigStore& store, std::uint64_t number,
                                                         const std::string& pointer) {
    const auto fail_with = [&pointer](std::string message) {
        return std::unexpected(validation_problem({{.pointer = pointer,
                                                    .code = "no-such-revision",
                                                    .message = std::move(message),
                                                    .hint = "GET /api/v1/config/revisions"}}));
    };
    auto revision = store.fetch(number);
    if (!revision) {
        return std::unexpected(make_problem(ProblemKind::StoreFailed, revision.error().text()));
    }
    if (!*revision) return fail_with("revision " + std::to_string(number) + " is not kept");
    const auto state = (*revision)->info.state;
    if (state == RevisionState::Rejected || state == RevisionState::Pending) {
        return fail_with("revision " + std::to_string(number) + " was never in force");
    }
    auto document = config::load_document((*revision)->document);
    if (!document) return std::unexpected(validation_problem(document.error()));
    return std::move(*document);
}

Response get_revision(const Request& request, ConfigStore& store) {
    const auto number = text::to_number<std::uint64_t>(request.param("number"));
    if (!number) return problem_response(make_problem(ProblemKind::NotFound), request);
    const auto diff_from = number_param(request, "diff_from", 0, INT64_MAX, 0);
    if (!diff_from) return problem_response(diff_from.error(), request);
    auto revision = store.fetch(*number);
    if (!revision) return store_failure(revision.error(), request);
    if (!*revision) return problem_response(make_problem(ProblemKind::NotFound), request);

    Json body = info_json((*revision)->info);
    // Read leniently: a revision of an older program may miss rules that came since.
    const auto document = config::read_document((*revision)->document);
    if (document) body["document"] = own_json(config::write_document(*document));
    if (request.query_value("diff_from") && document) {
        config::Document base;
        if (*diff_from != 0) {
            auto other = stored_document(store, *diff_from, "");
            if (!other) return problem_response(other.error(), request);
            base = std::move(*other);
        }
        body["diff_from"] = *diff_from;
        body["changes"] = changes_json(diff_documents(base, *document));
    }
    return json_response(body);
}

// The revision that the body names: exactly {"revision": n}.
std::expected<std::uint64_t, Problem> rollback_target(const Json& body) {
    const auto number = body.is_object() ? body.find("revision") : body.end();
    if (!body.is_object() || body.size() != 1 || number == body.end() ||
        !number->is_number_unsigned()) {
        return std::unexpected(validation_problem({{.pointer = "",
                                                    .code = "wrong-type",
                                                    .message = "the body is {\"revision\": number}",
                                                    .hint = {}}}));
    }
    return number->get<std::uint64_t>();
}

void rollback(const RequestPtr& request, ConfigService& config, ConfigStore& store,
              const Respond& respond) {
    const auto dry_run = flag_param(*request, "dry_run");
    if (!dry_run) return respond(problem_response(dry_run.error(), *request));
    const auto body = parse_json(request->body);
    if (!body) {
        return respond(problem_response(
            make_problem(ProblemKind::MalformedJson, body.error().detail), *request));
    }
    const auto number = rollback_target(*body);
    if (!number) return respond(problem_response(number.error(), *request));
    auto edit = [request, &store, number = *number](
                    const CurrentConfig& current) -> std::expected<config::Document, Problem> {
        // The body names what the operator wants; a condition is welcome, not required.
        if (auto problem = check_write(*request, current.revision, IfMatch::Optional)) {
            return std::unexpected(std::move(*problem));
        }
        return stored_document(store, number, "/revision");
    };
    auto done = [request, respond,
                 dry_run = *dry_run](std::expected<ChangeOutcome, Problem> outcome) {
        if (!outcome) return respond(problem_response(outcome.error(), *request));
        if (dry_run) return respond(dry_run_response(*outcome));
        auto response = json_response(outcome_json(*outcome));
        response.with("ETag", etag_of(outcome->revision));
        add_outcome_headers(response, *outcome);
        respond(std::move(response));
    };
    std::string comment(request->header("portcullis-comment").value_or(std::string_view{}));
    if (comment.empty()) comment = "rollback to revision " + std::to_string(*number);
    config.submit({.edit = std::move(edit),
                   .author = request->principal.token_id,
                   .comment = std::move(comment),
                   .dry_run = *dry_run,
                   .done = std::move(done)});
}

}  // namespace

void mount_revisions(Router& router, ConfigService& config, ConfigStore& store, Audit& audit) {
    router.add({.method = "GET",
                .path = "/api/v1/config/revisions",
                .query = {"limit", "before"},
                .handler = [&store](const RequestPtr& request, const Respond& respond) {
                    respond(page_response(
                        *request,
                        [&store](auto before, auto limit) { return store.list(before, limit); },
                        info_json, [](const RevisionInfo& info) { return info.number; }));
                }});
    router.add({.method = "GET",
                .path = "/api/v1/config/revisions/{number}",
                .query = {"diff_from"},
                .handler = [&store](const RequestPtr& request, const Respond& respond) {
                    respond(get_revision(*request, store));
                }});
    router.add({.method = "POST",
                .path = "/api/v1/config/rollback",
                .query = {"dry_run"},
                .body = Body::JsonText,
                .handler = [&config, &store](const RequestPtr& request, const Respond& respond) {
                    rollback(request, config, store, respond);
                }});
    router.add({.method = "GET",
                .path = "/api/v1/audit-log",
                .query = {"limit", "before"},
                .handler = [&audit](const RequestPtr& request, const Respond& respond) {
                    respond(page_response(
                        *request,
                        [&audit](auto before, auto limit) { return audit.list(before, limit); },
                        row_json, [](const AuditRow& row) { return row.id; }));
                }});
}

}  // namespace portcullis::mgmt
