// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/resources/system_resource.hpp"

#include <algorithm>

#include "common/base/log.hpp"
#include "mgmt-api/metrics/exposition.hpp"
#include "mgmt-api/resources/daemon_query.hpp"
#include "mgmt-api/resources/resource_util.hpp"
#include "mgmt-api/time_text.hpp"

namespace portcullis::mgmt {

namespace {

// A scrape must not wait for a stuck daemon.
constexpr Milliseconds kQueryTimeout{1000};

Json daemon_json(const ConfigService::DaemonStatus& status,
                 const std::optional<management::QueryReply>& answer) {
    Json reasons = Json::array();
    for (const auto& reason : status.refusal) {
        reasons.push_back({{"pointer", reason.pointer}, {"reason", reason.reason}});
    }
    Json out{{"name", daemon_name(status.daemon)},
             {"connected", status.connected},
             {"applied_revision", status.applied},
             {"pending", status.pending},
             {"reasons", std::move(reasons)}};
    if (status.connected) out["epoch"] = status.epoch;
    if (!status.trouble.empty()) out["trouble"] = status.trouble;
    if (answer) {
        if (auto own = parse_json(answer->body)) out["status"] = std::move(*own);
    }
    return out;
}

Json status_json(const ConfigService& config, const DaemonAnswers& answers, WallTime started,
                 double uptime) {
    Json daemons = Json::array();
    bool pending = false;
    for (const Daemon daemon : kDaemons) {
        const auto status = config.status(daemon);
        pending = pending || status.pending;
        daemons.push_back(daemon_json(status, answers[index_of(daemon)]));
    }
    return Json{{"version", PORTCULLIS_VERSION},
                {"started_at", time_text(started)},
                {"uptime_seconds", uptime},
                {"revision", config.current().revision},
                {"pending", pending},
                {"daemons", std::move(daemons)}};
}

std::string metrics_page(const ConfigService& config, const ApiCounters& counters,
                         const DaemonAnswers& answers) {
    Exposition page;
    page.family("portcullis_build_info", "gauge", "Version of the software, always 1.");
    page.sample("portcullis_build_info", {{"version", PORTCULLIS_VERSION}}, 1);
    page.family("portcullis_config_revision", "gauge", "Configuration revision in force.");
    page.sample("portcullis_config_revision", {}, static_cast<double>(config.current().revision));
    page.family("portcullis_daemon_up", "gauge", "1 while the daemon is connected.");
    page.family("portcullis_daemon_config_revision", "gauge",
                "Configuration revision that the daemon runs; 0 when unknown.");
    for (const Daemon daemon : kDaemons) {
        const auto status = config.status(daemon);
        const auto name = daemon_name(daemon);
        page.sample("portcullis_daemon_up", {{"daemon", name}}, status.connected ? 1 : 0);
        page.sample("portcullis_daemon_config_revision", {{"daemon", name}},
                    static_cast<double>(status.applied));
    }
    counters.write(page);
    for (const Daemon daemon : kDaemons) {
        const auto& answer = answers[index_of(daemon)];
        if (!answer) continue;
        if (const auto refused = page.absorb(answer->body); refused > 0) {
            log::component("metrics").warn("lines_refused daemon={} count={}", daemon_name(daemon),
                                           refused);
        }
    }
    return page.text();
}

void answer_metrics(ConfigService& config, const ApiCounters& counters, const Respond& respond) {
    query_all(config, "metrics", kQueryTimeout,
              [&config, &counters, respond](DaemonAnswers answers) {
                  respond(Response{.status = 200,
                                   .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                   .body = metrics_page(config, counters, answers),
                                   .headers = {}});
              });
}

void mount_health(Router& router, ConfigService& config) {
    router.add({.method = "GET",
                .path = "/api/v1/system/health/live",
                .query = {},
                .access = Access::Public,
                .handler = [](const RequestPtr&, const Respond& respond) {
                    respond(json_response(Json{{"status", "live"}}));
                }});
    router.add({.method = "GET",
                .path = "/api/v1/system/health/ready",
                .query = {},
                .access = Access::Public,
                .handler = [&config](const RequestPtr&, const Respond& respond) {
                    const bool ready = std::ranges::all_of(kDaemons, [&config](Daemon daemon) {
                        const auto status = config.status(daemon);
                        return status.connected && !status.pending;
                    });
                    respond(json_response(Json{{"status", ready ? "ready" : "not ready"}},
                                          ready ? 200 : 503));
                }});
}

}  // namespace

void mount_system(Router& router, ConfigService& config, const ApiCounters& counters,
                  const Clock& clock) {
    const auto started = clock.now();
    const auto started_wall = clock.wall_now();
    router.add(
        {.method = "GET",
         .path = "/api/v1/system/status",
         .query = {},
         .handler = [&config, &clock, started, started_wall](const RequestPtr&,
                                                             const Respond& respond) {
             query_all(
                 config, "status", kQueryTimeout,
                 [&config, &clock, started, started_wall, respond](const DaemonAnswers& answers) {
                     const std::chrono::duration<double> up = clock.now() - started;
                     respond(json_response(status_json(config, answers, started_wall, up.count())));
                 });
         }});
    for (const char* path : {"/metrics", "/api/v1/metrics"}) {
        router.add({.method = "GET",
                    .path = path,
                    .query = {},
                    .handler = [&config, &counters](const RequestPtr&, const Respond& respond) {
                        answer_metrics(config, counters, respond);
                    }});
    }
    mount_health(router, config);
}

}  // namespace portcullis::mgmt
