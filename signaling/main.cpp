// SPDX-License-Identifier: BSD-2-Clause
// portcullis-signaling: reads the command line, runs the App.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "common/base/log.hpp"
#include "signaling/app.hpp"

namespace {

// glibc gives each thread a heap of its own that grows by single pages, a system call each. With
// one shard nobody competes for the common heap, which grows and shrinks by more.
void tune_heap(int shards) {
    if (shards != 1) return;
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_TOP_PAD, 4 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

}  // namespace

int main(int argc, char** argv) {
    portcullis::AppOptions options;
    options.state_dir = "/var/lib/portcullis";
    options.socket = "/run/portcullis/signaling.sock";
    options.relay_socket = "/run/portcullis/mediarelay.sock";
    options.cdr_dir = "/var/log/portcullis/cdr";
    std::string level = "info";
    CLI::App cli{"Portcullis signaling: the SIP back-to-back user agent"};
    cli.set_version_flag("--version", PORTCULLIS_VERSION);
    cli.add_option("--state-dir", options.state_dir,
                   "last good configuration and call checkpoints");
    cli.add_option("--socket", options.socket, "control socket for portcullis-mgmt");
    cli.add_option("--relay-socket", options.relay_socket,
                   "control socket of portcullis-mediarelay");
    cli.add_option("--cdr-dir", options.cdr_dir, "where call records are written");
    cli.add_option("--message-ring-mb", options.message_ring_mb,
                   "memory for the message ladders of recent calls, in MiB; 0: none are kept")
        ->check(CLI::Range(0, 65536))
        ->capture_default_str();
    cli.add_option("--shards", options.shards, "threads that carry calls")
        ->check(CLI::Range(1, 64));
    cli.add_option("--log-level", level)
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}));
    CLI11_PARSE(cli, argc, argv);

    tune_heap(options.shards);
    portcullis::log::configure("signaling", level);
    portcullis::App app(options);
    if (const auto started = app.start(); !started) {
        std::fprintf(stderr, "portcullis-signaling: %s\n", started.error().text().c_str());
        return 1;
    }
    app.run();
    return 0;
}
