// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/collections.hpp"

#include <algorithm>

#include "mgmt-api/http/etag.hpp"
#include "mgmt-api/http/json.hpp"
#include "mgmt-api/http/target.hpp"
#include "mgmt-api/resources/object_edit.hpp"
#include "mgmt-api/resources/resource_util.hpp"

namespace portcullis::mgmt {

namespace {

// What a write to one object comes down to: how it is built, and how its success is answered.
struct ObjectWrite {
    std::string object_path;  // "/trunks/carrier": its key among the revisions
    // Empty: there is no such object yet.
    std::function<std::optional<std::uint64_t>(const CurrentConfig&)> revision;
    std::function<DocumentOrProblem(const CurrentConfig&)> build;
    std::function<Response(const CurrentConfig&, bool created)> answer;
};

void submit_write(const RequestPtr& request, ConfigService& config, const ObjectWrite& write,
                  const Respond& respond) {
    const auto dry_run = flag_param(*request, "dry_run");
    if (!dry_run) return respond(problem_response(dry_run.error(), *request));
    auto created = std::make_shared<bool>(false);
    const auto need = *dry_run ? IfMatch::Optional : IfMatch::Required;
    auto edit = [request, write, created, need](const CurrentConfig& current) -> DocumentOrProblem {
        const auto revision = write.revision(current);
        *created = !revision;
        if (auto problem = check_write(*request, revision, need)) {
            return std::unexpected(std::move(*problem));
        }
        return write.build(current);
    };
    auto done = [request, respond, write, created, &config,
                 dry_run = *dry_run](std::expected<ChangeOutcome, Problem> outcome) {
        if (!outcome) {
            auto response = problem_response(outcome.error(), *request);
            const auto revision = write.revision(config.current());
            if (response.status == 412 && revision) response.with("ETag", etag_of(*revision));
            return respond(std::move(response));
        }
        if (dry_run) return respond(dry_run_response(*outcome));
        auto response = write.answer(config.current(), *created);
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

Response text_response(std::string text, std::uint64_t revision) {
    Response response{
        .status = 200, .content_type = "application/json", .body = std::move(text), .headers = {}};
    response.with("ETag", etag_of(revision));
    return response;
}

Response unless_unchanged(const Request& request, std::string text, std::uint64_t revision) {
    if (!not_modified(request, revision)) return text_response(std::move(text), revision);
    return Response{.status = 304, .content_type = {}, .body = {}, .headers = {}}.with(
        "ETag", etag_of(revision));
}

// One collection under one path prefix.
class CollectionResource {
 public:
    CollectionResource(ConfigService& config, const config::Collection& collection)
        : config_(config), collection_(collection) {}

    [[nodiscard]] Response list(const Request& request) const {
        const auto& current = config_.current();
        return unless_unchanged(
            request, R"({"items":)" + config::read_collection(current.document, collection_) + "}",
            current.revision);
    }

    [[nodiscard]] Response get(const Request& request) const {
        const auto& current = config_.current();
        const auto name = request.param("name");
        auto text = config::read_object(current.document, collection_, name);
        if (!text) return problem_response(make_problem(ProblemKind::NotFound), request);
        return unless_unchanged(request, std::move(*text), current.object_revision(path_of(name)));
    }

    void put(const RequestPtr& request, const Respond& respond) const {
        auto body = parse_json(request->body);
        if (!body) {
            return respond(problem_response(
                make_problem(ProblemKind::MalformedJson, body.error().detail), *request));
        }
        const auto name = request->param("name");
        ObjectWrite write = base_write(name);
        write.build = [this, name, body = std::move(*body)](const CurrentConfig& current) {
            return put_in_collection(current.document, collection_, name, body);
        };
        write.answer = [this, name](const CurrentConfig& current, bool created) {
            auto response =
                text_response(config::read_object(current.document, collection_, name).value_or(""),
                              current.object_revision(path_of(name)));
            if (!created) return response;
            response.status = 201;
            return std::move(response).with("Location", location_of(name));
        };
        submit_write(request, config_, write, respond);
    }

    void erase(const RequestPtr& request, const Respond& respond) const {
        const auto name = request->param("name");
        if (!config::find_object(config_.current().document, collection_, name)) {
            return respond(problem_response(make_problem(ProblemKind::NotFound), *request));
        }
        ObjectWrite write = base_write(name);
        write.build = [this, name](const CurrentConfig& current) {
            return erase_from_collection(current.document, collection_, name);
        };
        write.answer = [](const CurrentConfig&, bool) {
            return Response{.status = 204, .content_type = {}, .body = {}, .headers = {}};
        };
        submit_write(request, config_, write, respond);
    }

 private:
    [[nodiscard]] std::string path_of(const std::string& name) const {
        return "/" + collection_.path + "/" + name;
    }
    [[nodiscard]] std::string location_of(const std::string& name) const {
        std::string path = collection_.path;
        std::ranges::replace(path, '_', '-');
        return "/api/v1/" + path + "/" + percent_encode(name);
    }
    [[nodiscard]] ObjectWrite base_write(const std::string& name) const {
        return {
            .object_path = path_of(name),
            .revision = [this, name](const CurrentConfig& current) -> std::optional<std::uint64_t> {
                if (!config::find_object(current.document, collection_, name)) return {};
                return current.object_revision(path_of(name));
            },
            .build = {},
            .answer = {}};
    }

    ConfigService& config_;
    const config::Collection& collection_;
};

void mount_collection(Router& router, ConfigService& config, const config::Collection& collection,
                      const std::string& path) {
    const auto resource = std::make_shared<CollectionResource>(config, collection);
    const auto sync = [resource](Response (CollectionResource::*get)(const Request&) const) {
        return [resource, get](const RequestPtr& request, const Respond& respond) {
            respond((*resource.*get)(*request));
        };
    };
    router.add(
        {.method = "GET", .path = path, .query = {}, .handler = sync(&CollectionResource::list)});
    router.add({.method = "GET",
                .path = path + "/{name}",
                .query = {},
                .handler = sync(&CollectionResource::get)});
    router.add({.method = "PUT",
                .path = path + "/{name}",
                .query = {"dry_run"},
                .body = Body::JsonText,
                .handler = [resource](const RequestPtr& request, const Respond& respond) {
                    resource->put(request, respond);
                }});
    router.add({.method = "DELETE",
                .path = path + "/{name}",
                .query = {"dry_run"},
                .handler = [resource](const RequestPtr& request, const Respond& respond) {
                    resource->erase(request, respond);
                }});
}

void put_settings(const RequestPtr& request, ConfigService& config,
                  const config::Settings& settings, const Respond& respond) {
    auto body = parse_json(request->body);
    if (!body) {
        return respond(problem_response(
            make_problem(ProblemKind::MalformedJson, body.error().detail), *request));
    }
    const std::string path = "/" + settings.path;
    ObjectWrite write{
        .object_path = path,
        .revision = [path](const CurrentConfig& current) -> std::optional<std::uint64_t> {
            return current.object_revision(path);
        },
        .build =
            [&settings, body = std::move(*body)](const CurrentConfig& current) {
                return put_in_settings(current.document, settings, body);
            },
        .answer =
            [&settings, path](const CurrentConfig& current, bool) {
                return text_response(config::read_settings(current.document, settings),
                                     current.object_revision(path));
            }};
    submit_write(request, config, write, respond);
}

void mount_settings(Router& router, ConfigService& config, const config::Settings& settings) {
    router.add({.method = "GET",
                .path = "/api/v1/" + settings.path,
                .query = {},
                .handler = [&config, &settings](const RequestPtr& request, const Respond& respond) {
                    const auto& current = config.current();
                    respond(unless_unchanged(*request,
                                             config::read_settings(current.document, settings),
                                             current.object_revision("/" + settings.path)));
                }});
    router.add({.method = "PUT",
                .path = "/api/v1/" + settings.path,
                .query = {"dry_run"},
                .body = Body::JsonText,
                .handler = [&config, &settings](const RequestPtr& request, const Respond& respond) {
                    put_settings(request, config, settings, respond);
                }});
}

}  // namespace

void mount_collections(Router& router, ConfigService& config) {
    for (const auto& collection : config::collections()) {
        std::string hyphens = collection.path;
        std::ranges::replace(hyphens, '_', '-');
        mount_collection(router, config, collection, "/api/v1/" + hyphens);
        if (hyphens != collection.path) {
            mount_collection(router, config, collection, "/api/v1/" + collection.path);
        }
    }
    for (const auto& settings : config::settings()) mount_settings(router, config, settings);
}

}  // namespace portcullis::mgmt
