// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/validation.hpp"

namespace portcullis::mgmt {

Problem validation_problem(const config::Problems& problems, const std::string& object) {
    Problem out{.kind = ProblemKind::InvalidDocument,
                .detail = std::to_string(problems.size()) +
                          (problems.size() == 1 ? " problem" : " problems") +
                          "; nothing was changed",
                .errors = {},
                .used_by = {}};
    for (const auto& problem : problems) {
        ProblemError error{.pointer = problem.pointer,
                           .code = problem.code,
                           .message = problem.message,
                           .hint = problem.hint};
        if (!object.empty()) {
            const bool inside =
                problem.pointer == object || problem.pointer.starts_with(object + "/");
            error.pointer = inside ? problem.pointer.substr(object.size()) : "";
            if (!inside) error.message += " (at " + problem.pointer + " of the document)";
        }
        out.errors.push_back(std::move(error));
    }
    return out;
}

}  // namespace portcullis::mgmt
