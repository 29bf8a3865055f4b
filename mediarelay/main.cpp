// SPDX-License-Identifier: BSD-2-Clause
// portcullis-mediarelay: command line, start, run.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "common/base/log.hpp"
#include "mediarelay/relay_app.hpp"

int main(int argc, char** argv) {
    using portcullis::relay::RelayApp;
    portcullis::relay::RelayOptions options;
    options.state_dir = "/var/lib/portcullis/mediarelay";
    options.socket = "/run/portcullis/mediarelay.sock";
    std::string level = "info";

    CLI::App cli("Portcullis media relay: forwards RTP and RTCP by DPDK.");
    cli.set_version_flag("--version", PORTCULLIS_VERSION);
    cli.add_option("--state-dir", options.state_dir, "Folder of the last good configuration")
        ->capture_default_str();
    cli.add_option("--run-dir", options.run_dir,
                   "Folder, best on tmpfs, of what outlives a crash [the socket's folder]");
    cli.add_option("--socket", options.socket, "Control socket for signaling and mgmt")
        ->capture_default_str();
    cli.add_option("--log-level", level, "trace, debug, info, warn or error")
        ->capture_default_str()
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
    cli.add_flag("--no-huge", options.no_huge, "Ordinary memory even where hugepages are free");
    cli.add_option("--memory-mb", options.memory_mb, "DPDK memory in MiB [the configuration's]")
        ->check(CLI::Range(64, 65536));
    cli.add_option("--workers", options.workers, "Worker threads [the configuration's]")
        ->check(CLI::Range(1, 16));
    CLI11_PARSE(cli, argc, argv);

    portcullis::log::configure("mediarelay", level);
    std::signal(SIGPIPE, SIG_IGN);
    auto exit = RelayApp::Exit::Stopped;
    {
        RelayApp app(options);
        if (const auto started = app.start(); !started) {
            std::fprintf(stderr, "portcullis-mediarelay: %s\n", started.error().text().c_str());
            return 1;
        }
        exit = app.run();
    }
    if (exit == RelayApp::Exit::Restart) {
        ::execv("/proc/self/exe", argv);
        std::perror("portcullis-mediarelay: restart");
        return 1;
    }
    return 0;
}
