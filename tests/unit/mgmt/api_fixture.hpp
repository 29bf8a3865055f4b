// SPDX-License-Identifier: BSD-2-Clause
// ApiTest: the management process on a free loopback port, with two fake daemons within reach.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "mgmt-api/app.hpp"
#include "mgmt-api/http/json.hpp"
#include "tests/support/fake_daemon.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temp_dir.hpp"

namespace portcullis::mgmt {

using testing::FakeDaemon;
using testing::HttpAnswer;
using testing::HttpClient;

class ApiTest : public ::testing::Test {
 protected:
    ~ApiTest() override { stop(); }

    // Daemons that are to be there from the start are started before.
    void start();
    void stop();

    [[nodiscard]] HttpAnswer get(const std::string& target,
                                 const HttpClient::Headers& headers = {});
    [[nodiscard]] HttpAnswer put(const std::string& target, const Json& body,
                                 const std::string& if_match = {});
    [[nodiscard]] HttpAnswer erase(const std::string& target, const std::string& if_match = {});
    [[nodiscard]] HttpAnswer post(const std::string& target, const Json& body);
    // PUTs a good document over whatever is there; the revision it became.
    std::uint64_t put_good();

    [[nodiscard]] std::uint64_t revision();
    // The status entry of one daemon.
    [[nodiscard]] Json daemon_status(const std::string& name);
    // Asks for the status until `good` is content with the daemon's entry.
    [[nodiscard]] bool wait_status(const std::string& name,
                                   const std::function<bool(const Json&)>& good);

    // Two realms, a trunk in each, a route each way.
    [[nodiscard]] static Json good_document();

    portcullis::testing::TempDir dir_;
    AppOptions options_{.listen = *Endpoint::parse("127.0.0.1:0"),
                        .state_dir = dir_.path() / "state",
                        .run_dir = dir_.path() / "run",
                        .cdr_dir = dir_.path() / "cdr",
                        .token_file = {},
                        .initial_config = {},
                        .limits = {}};
    FakeDaemon relay_{dir_.path() / "run", "mediarelay"};
    FakeDaemon signaling_{dir_.path() / "run", "signaling"};
    SystemClock clock_;
    std::unique_ptr<App> app_;
    std::thread thread_;
    std::string token_;
    std::uint16_t port_ = 0;
};

inline const auto kConnected = [](const Json& entry) { return entry["connected"] == true; };

}  // namespace portcullis::mgmt
