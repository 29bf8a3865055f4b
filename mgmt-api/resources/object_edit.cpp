// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/object_edit.hpp"

#include "common/base/text.hpp"
#include "mgmt-api/resources/resource_util.hpp"
#include "mgmt-api/resources/stored_secrets.hpp"
#include "policy/config/reader.hpp"
#include "policy/config/validate.hpp"

namespace portcullis::mgmt {

namespace {

Json document_json(const config::Document& document) {
    return own_json(
        config::write_document(document, config::Secrets::Include, config::Layout::Compact));
}

Problem one_error(std::string pointer, std::string code, std::string message) {
    Problem problem = make_problem(ProblemKind::InvalidDocument, "nothing was changed");
    problem.errors.push_back({.pointer = std::move(pointer),
                              .code = std::move(code),
                              .message = std::move(message),
                              .hint = {}});
    return problem;
}

// The whole document is read again, so that mistakes within the object and those against the rest
// of it come out together.
DocumentOrProblem load(const Json& whole, const std::string& pointer) {
    auto document = config::load_document(print_json(whole));
    if (!document) return std::unexpected(validation_problem(document.error(), pointer));
    return std::move(*document);
}

}  // namespace

DocumentOrProblem put_in_collection(const config::Document& document,
                                    const config::Collection& collection, const std::string& name,
                                    const Json& body) {
    if (!body.is_object()) {
        return std::unexpected(
            one_error("", "wrong-type", "a " + collection.kind + " is an object"));
    }
    Json object = body;
    if (const auto named = object.find("name"); named == object.end()) {
        object["name"] = name;
    } else if (*named != name) {
        return std::unexpected(
            one_error("/name", "name-mismatch", "the path names it " + text::printable(name, 64)));
    }
    Json whole = document_json(document);
    Json& list = whole[collection.path];
    if (!list.is_array()) list = Json::array();
    const auto found = config::find_object(document, collection, name);
    const std::size_t at = found.value_or(list.size());
    if (found) {
        list[at] = std::move(object);
    } else {
        list.push_back(std::move(object));
    }
    keep_secrets(whole, document);
    return load(whole, "/" + collection.path + "/" + std::to_string(at));
}

DocumentOrProblem put_in_settings(const config::Document& document,
                                  const config::Settings& settings, const Json& body) {
    Json whole = document_json(document);
    whole[settings.path] = body;
    keep_secrets(whole, document);
    return load(whole, "/" + settings.path);
}

DocumentOrProblem erase_from_collection(const config::Document& document,
                                        const config::Collection& collection,
                                        const std::string& name) {
    const auto users = config::used_by(document, collection.path, name);
    if (!users.empty()) {
        Problem problem = make_problem(ProblemKind::InUse, "other objects refer to it");
        for (const auto& user : users) {
            problem.used_by.push_back(user.path);
            problem.errors.push_back({.pointer = user.pointer,
                                      .code = "in-use",
                                      .message = user.path + " refers to it",
                                      .hint = {}});
        }
        return std::unexpected(std::move(problem));
    }
    config::Document draft = document;
    if (!config::erase_object(draft, collection, name)) {
        return std::unexpected(make_problem(ProblemKind::NotFound));
    }
    const auto problems = config::validate(draft);
    if (!problems.empty()) return std::unexpected(validation_problem(problems));
    return draft;
}

}  // namespace portcullis::mgmt
