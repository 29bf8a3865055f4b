// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/mgmt/api_fixture.hpp"

namespace portcullis::mgmt {

void ApiTest::start() {
    app_ = std::make_unique<App>(options_, clock_);
    const auto started = app_->start();
    ASSERT_TRUE(started) << started.error().text();
    if (!app_->fresh_token().empty()) token_ = app_->fresh_token();
    port_ = app_->port();
    thread_ = std::thread([this] { app_->run(); });
}

void ApiTest::stop() {
    if (!thread_.joinable()) return;
    app_->stop();
    thread_.join();
    app_.reset();
}

HttpAnswer ApiTest::get(const std::string& target, const HttpClient::Headers& headers) {
    return HttpClient(port_, token_).request("GET", target, {}, headers);
}

HttpAnswer ApiTest::put(const std::string& target, const Json& body, const std::string& if_match) {
    HttpClient::Headers headers;
    if (!if_match.empty()) headers.emplace_back("If-Match", if_match);
    return HttpClient(port_, token_).request("PUT", target, body.dump(), headers);
}

HttpAnswer ApiTest::erase(const std::string& target, const std::string& if_match) {
    HttpClient::Headers headers;
    if (!if_match.empty()) headers.emplace_back("If-Match", if_match);
    return HttpClient(port_, token_).request("DELETE", target, {}, headers);
}

HttpAnswer ApiTest::post(const std::string& target, const Json& body) {
    return HttpClient(port_, token_).request("POST", target, body.dump());
}

std::uint64_t ApiTest::put_good() {
    const auto answer = put("/api/v1/config", good_document(), "*");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body)["revision"];
}

std::uint64_t ApiTest::revision() {
    return Json::parse(get("/api/v1/system/status").body)["revision"];
}

Json ApiTest::daemon_status(const std::string& name) {
    const auto status = Json::parse(get("/api/v1/system/status").body);
    for (const auto& entry : status["daemons"]) {
        if (entry["name"] == name) return entry;
    }
    return {};
}

bool ApiTest::wait_status(const std::string& name, const std::function<bool(const Json&)>& good) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (std::chrono::steady_clock::now() < deadline) {
        if (good(daemon_status(name))) return true;
    }
    return false;
}

Json ApiTest::good_document() {
    return Json::parse(R"({
      "realms": [{"name": "core", "trust": "trusted"}, {"name": "peer"}],
      "sip_interfaces": [{"name": "core-v4", "realm": "core", "address": "198.18.0.1"},
                         {"name": "peer-v4", "realm": "peer", "address": "198.18.1.1"}],
      "media_interfaces": [{"name": "core0", "device": "core0"}, {"name": "peer0", "device": "peer0"}],
      "media_pools": [{"name": "core-v4", "realm": "core", "interface": "core0",
                       "address": "198.18.0.1", "port_min": 20000, "port_max": 29999},
                      {"name": "peer-v4", "realm": "peer", "interface": "peer0",
                       "address": "198.18.1.1", "port_min": 20000, "port_max": 29999}],
      "trunks": [{"name": "pbx", "realm": "core", "gateways": [{"uri": "sip:198.18.0.2:5060"}],
                  "match": {"sources": ["198.18.0.2/32"]}},
                 {"name": "carrier", "realm": "peer", "gateways": [{"uri": "sip:198.18.1.2:5060"}],
                  "match": {"sources": ["198.18.1.2/32"]}}],
      "routes": [{"name": "out", "match": {"trunk": "pbx"}, "trunks": ["carrier"]},
                 {"name": "in", "match": {"trunk": "carrier"}, "trunks": ["pbx"]}]})");
}

}  // namespace portcullis::mgmt
