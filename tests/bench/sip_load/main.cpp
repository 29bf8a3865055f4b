// SPDX-License-Identifier: BSD-2-Clause
// sip_load: a light SIP load generator, calling and called side in one thread.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "tests/bench/sip_load/load_run.hpp"

int main(int argc, char** argv) {
    portcullis::bench::LoadOptions options;
    CLI::App cli{"A light SIP load generator: INVITE, 180, 200, ACK, BYE, 200 over UDP"};
    cli.add_option("--caller", options.caller, "address and port of the calling side");
    cli.add_option("--answerer", options.answerer, "address and port of the called side");
    cli.add_option("--target", options.target, "where INVITEs go; may be the called side itself");
    cli.add_option("--called", options.called, "called number, but for its last seven digits");
    cli.add_option("--rates", options.rates, "calls per second, a step for each")
        ->delimiter(',')
        ->check(CLI::Range(1, 100000));
    cli.add_option("--warm-up", options.warm_up_s, "seconds before each measured window")
        ->check(CLI::Range(0.0, 300.0));
    cli.add_option("--seconds", options.seconds, "length of a window; of a hold at the longest")
        ->check(CLI::Range(0.1, 600.0));
    cli.add_option("--drain", options.drain_s, "seconds for calls that are not over")
        ->check(CLI::Range(0.0, 60.0));
    cli.add_option("--hold", options.hold,
                   "instead of steps: so many calls at the first rate, held; \"more\" on stdin: "
                   "again as many, "
                   "\"end\": all end")
        ->check(CLI::Range(1, 200000));
    cli.add_option("--max-calls", options.max_calls, "over all steps")
        ->check(CLI::Range(1, 5000000));
    cli.add_flag("--stop-when-unclean", options.stop_when_unclean,
                 "end after the first step with a failure or a retransmission");
    CLI11_PARSE(cli, argc, argv);

    auto run = portcullis::bench::LoadRun::create(options);
    if (!run) {
        std::fprintf(stderr, "sip_load: %s\n", run.error().text().c_str());
        return 1;
    }
    (*run)->run();
    return 0;
}
