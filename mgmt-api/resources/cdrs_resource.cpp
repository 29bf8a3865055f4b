// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/cdrs_resource.hpp"

#include "mgmt-api/resources/cdr_reader.hpp"
#include "mgmt-api/resources/resource_util.hpp"

namespace portcullis::mgmt {

namespace {

Response get_cdrs(const Request& request, const std::filesystem::path& dir) {
    const auto limit = number_param(request, "limit", 1, kMaxPage, kDefaultPage);
    if (!limit) return problem_response(limit.error(), request);
    std::optional<CdrCursor> cursor;
    if (const auto text = request.query_value("cursor")) {
        cursor = CdrCursor::parse(*text);
        if (!cursor) {
            return problem_response(
                make_problem(ProblemKind::InvalidParameter, "cursor is what \"next\" gave"),
                request);
        }
    }
    const auto text_param = [&request](std::string_view name) {
        return std::string(request.query_value(name).value_or(std::string_view{}));
    };
    CdrFilter filter{.trunk = text_param("trunk"),
                     .call_id = text_param("call_id"),
                     .from = text_param("from"),
                     .to = text_param("to"),
                     .sip_code = std::nullopt};
    if (request.query_value("sip_code")) {
        const auto code = number_param(request, "sip_code", 100, 699, 0);
        if (!code) return problem_response(code.error(), request);
        filter.sip_code = *code;
    }
    auto page = read_cdrs(dir, filter, cursor, static_cast<std::size_t>(*limit));
    Json body{{"items", std::move(page.records)}};
    if (page.unreadable > 0) body["unreadable"] = page.unreadable;
    if (!page.next) return json_response(body);
    body["next"] = page.next->text();
    return json_response(body).with("Link", next_link(request, "/api/v1/cdrs", page.next->text()));
}

}  // namespace

void mount_cdrs(Router& router, std::filesystem::path dir) {
    router.add(
        {.method = "GET",
         .path = "/api/v1/cdrs",
         .query = {"limit", "cursor", "trunk", "call_id", "from", "to", "sip_code"},
         .handler = [dir = std::move(dir)](const RequestPtr& request, const Respond& respond) {
             respond(get_cdrs(*request, dir));
         }});
}

}  // namespace portcullis::mgmt
