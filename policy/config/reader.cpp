// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/reader.hpp"

#include <algorithm>

#include "policy/config/object_io.hpp"
#include "policy/config/problem_order.hpp"
#include "policy/config/validate.hpp"

namespace portcullis::config {
namespace {

std::expected<Document, Problems> finish(Document&& document, Problems&& problems) {
    if (problems.empty()) return std::move(document);
    sort_problems(problems);
    if (problems.size() > kMaxProblems) problems.resize(kMaxProblems);
    return std::unexpected(std::move(problems));
}

}  // namespace

std::expected<Document, Problems> read_document(std::string_view json) {
    Document document;
    Problems problems;
    read_object_text(object_type<Document>(), &document, json, problems);
    return finish(std::move(document), std::move(problems));
}

std::expected<Document, Problems> load_document(std::string_view json) {
    Document document;
    Problems problems;
    read_object_text(object_type<Document>(), &document, json, problems);
    // After text that is no JSON at all there is nothing to check.
    const bool has_document =
        std::none_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.pointer.empty(); });
    if (has_document) {
        Problems more = validate(document, problems);
        problems.insert(problems.end(), std::make_move_iterator(more.begin()),
                        std::make_move_iterator(more.end()));
    }
    return finish(std::move(document), std::move(problems));
}

}  // namespace portcullis::config
