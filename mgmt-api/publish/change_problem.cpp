// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/publish/change_problem.hpp"

#include "common/base/log.hpp"

namespace portcullis::mgmt {

namespace {

std::string source_name(const DaemonReason& reason) {
    return std::string(reason.daemon ? daemon_name(*reason.daemon) : "store");
}

}  // namespace

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

Problem store_problem(const std::string& detail) {
    log::component("store").error("write_failed {}", detail);
    return {.kind = ProblemKind::StoreFailed, .detail = detail, .errors = {}, .used_by = {}};
}

std::string reasons_text(const std::vector<DaemonReason>& reasons) {
    std::string out;
    for (const auto& reason : reasons) {
        if (!out.empty()) out += "; ";
        out += source_name(reason) + " " + reason.pointer + (reason.pointer.empty() ? "" : ": ") +
               reason.reason;
    }
    return out;
}

Problem publish_problem(const publish_action::Finish& finish) {
    Problem problem{
        .kind = ProblemKind::RefusedByDaemon, .detail = {}, .errors = {}, .used_by = {}};
    if (finish.result == PublishResult::StoreFailed) {
        return store_problem(finish.reasons.front().reason);
    }
    if (finish.result == PublishResult::Unreachable) problem.kind = ProblemKind::DaemonUnavailable;
    problem.detail = "nothing was changed: " + reasons_text(finish.reasons);
    for (const auto& reason : finish.reasons) {
        problem.errors.push_back({.pointer = reason.pointer,
                                  .code = "refused-by-" + source_name(reason),
                                  .message = reason.reason,
                                  .hint = {}});
    }
    return problem;
}

}  // namespace portcullis::mgmt
