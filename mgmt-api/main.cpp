// SPDX-License-Identifier: BSD-2-Clause
// portcullis-mgmt: command line, then App.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "common/base/log.hpp"
#include "mgmt-api/app.hpp"

namespace {

using portcullis::mgmt::App;
using portcullis::mgmt::AppOptions;

struct Arguments {
    std::string listen = "127.0.0.1:8080";
    std::string state_dir = "/var/lib/portcullis/mgmt";
    std::string run_dir = "/run/portcullis";
    std::string cdr_dir = "/var/log/portcullis/cdr";
    std::string token_file;
    std::string initial_config;
    std::string log_level = "info";
    std::string new_token;
};

void declare(CLI::App& cli, Arguments& arguments) {
    cli.set_version_flag("--version", PORTCULLIS_VERSION);
    cli.add_option("--listen", arguments.listen, "Address and port of the REST API")
        ->capture_default_str();
    cli.add_option("--state-dir", arguments.state_dir, "Directory of the configuration store")
        ->capture_default_str();
    cli.add_option("--run-dir", arguments.run_dir, "Directory of the daemons' control sockets")
        ->capture_default_str();
    cli.add_option("--cdr-dir", arguments.cdr_dir, "Directory of the call records")
        ->capture_default_str();
    cli.add_option("--token-file", arguments.token_file,
                   "Write the first token to this file (mode 0600) instead of standard output");
    cli.add_option("--initial-config", arguments.initial_config,
                   "Configuration document for an empty store");
    cli.add_option("--log-level", arguments.log_level, "trace, debug, info, warn or error")
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
        ->capture_default_str();
    cli.add_option("--new-token", arguments.new_token,
                   "Make another token with this name, show it, and exit");
}

int complain(const std::string& text) {
    std::fprintf(stderr, "portcullis-mgmt: %s\n", text.c_str());
    return 1;
}

// Works beside a running process: tokens are read from the store for every request.
int make_token(const Arguments& arguments) {
    auto database = portcullis::mgmt::open_state(arguments.state_dir);
    if (!database) return complain(database.error().text());
    portcullis::mgmt::TokenStore tokens(*database);
    const auto token = tokens.issue(arguments.new_token, portcullis::SystemClock().wall_now());
    if (!token) return complain(token.error().text());
    if (arguments.token_file.empty()) {
        std::printf("%s\n", token->c_str());
        return 0;
    }
    const auto written = portcullis::mgmt::write_token_file(arguments.token_file, *token);
    return written ? 0 : complain(written.error().text());
}

int serve(const Arguments& arguments) {
    const auto listen = portcullis::Endpoint::parse(arguments.listen);
    if (!listen) return complain("--listen needs ADDRESS:PORT, not " + arguments.listen);
    const portcullis::SystemClock clock;
    App app(AppOptions{.listen = *listen,
                       .state_dir = arguments.state_dir,
                       .run_dir = arguments.run_dir,
                       .cdr_dir = arguments.cdr_dir,
                       .token_file = arguments.token_file,
                       .initial_config = arguments.initial_config,
                       .limits = {}},
            clock);
    if (const auto started = app.start(); !started) return complain(started.error().text());
    if (!app.fresh_token().empty()) {
        std::printf("API token, shown this once: %s\n", app.fresh_token().c_str());
        std::fflush(stdout);
    }
    app.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    Arguments arguments;
    CLI::App cli("The management process of Portcullis: REST API and configuration store");
    declare(cli, arguments);
    CLI11_PARSE(cli, argc, argv);
    portcullis::log::configure("portcullis-mgmt", arguments.log_level);
    return arguments.new_token.empty() ? serve(arguments) : make_token(arguments);
}
