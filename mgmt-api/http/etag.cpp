// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/etag.hpp"

#include "common/base/text.hpp"

namespace portcullis::mgmt {

namespace {

// True if the list names `tag`. Weak tags never match: If-Match compares strongly (13.1.1), and we
// give out none that If-None-Match could name.
bool list_names(std::string_view list, std::string_view tag) {
    while (!list.empty()) {
        const auto [item, rest] = text::cut(list, ',');
        if (text::trim(item) == tag) return true;
        list = rest;
    }
    return false;
}

Problem stale(std::string detail) {
    return {.kind = ProblemKind::PreconditionFailed,
            .detail = std::move(detail),
            .errors = {},
            .used_by = {}};
}

}  // namespace

std::string etag_of(std::uint64_t revision) { return '"' + std::to_string(revision) + '"'; }

std::optional<Problem> check_write(const Request& request, std::optional<std::uint64_t> current,
                                   IfMatch need) {
    const auto if_match = request.header("if-match");
    const auto if_none_match = request.header("if-none-match");
    if (if_none_match) {
        const bool any = text::trim(*if_none_match) == "*";
        if (current && (any || list_names(*if_none_match, etag_of(*current)))) {
            return stale("If-None-Match: the resource exists");
        }
        if (!current) {
            return if_match ? std::optional(stale("If-Match: there is no such resource"))
                            : std::nullopt;
        }
    }
    if (!current) {
        if (if_match) return stale("If-Match: there is no such resource");
        return std::nullopt;
    }
    if (!if_match) {
        if (need == IfMatch::Optional) return std::nullopt;
        return Problem{.kind = ProblemKind::PreconditionRequired,
                       .detail = "send the ETag of the version that this request changes",
                       .errors = {},
                       .used_by = {}};
    }
    if (text::trim(*if_match) == "*" || list_names(*if_match, etag_of(*current))) {
        return std::nullopt;
    }
    return stale("the current ETag is " + etag_of(*current));
}

bool not_modified(const Request& request, std::uint64_t revision) {
    const auto header = request.header("if-none-match");
    return header && (text::trim(*header) == "*" || list_names(*header, etag_of(revision)));
}

}  // namespace portcullis::mgmt
