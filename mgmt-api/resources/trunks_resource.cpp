// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/trunks_resource.hpp"

#include "mgmt-api/http/problem.hpp"
#include "mgmt-api/resources/daemon_query.hpp"
#include "mgmt-api/resources/resource_util.hpp"
#include "policy/config/collections.hpp"

namespace portcullis::mgmt {

void mount_trunks(Router& router, ConfigService& config) {
    router.add(
        {.method = "GET",
         .path = "/api/v1/trunks/{name}/status",
         .query = {},
         .handler = [&config](const RequestPtr& request, const Respond& respond) {
             const auto name = request->param("name");
             const auto* const trunks = config::find_collection("trunks");
             // Only names that exist become part of the path that signaling reads.
             if (!config::find_object(config.current().document, *trunks, name)) {
                 return respond(problem_response(make_problem(ProblemKind::NotFound), *request));
             }
             forward(config, Daemon::Signaling, request, "trunks/" + name + "/status", respond);
         }});
}

}  // namespace portcullis::mgmt
