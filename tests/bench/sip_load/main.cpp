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
    cli.add_option("--calls", options.calls, "instead of a window: so many calls in each step")
        ->check(CLI::Range(1, 1000000));
    cli.add_option("--answerer-namespace", options.answerer_namespace,
                   "path of the network namespace of the called side");
    cli.add_option("--outcomes", options.outcomes,
                   "file for a line per call: Call-ID, final status, story");
    cli.add_option("--seed", options.seed, "of the mix: the same seed, the same calls");
    auto* const mix = cli.add_option_group("mix", "percent of the calls that are not plain ones");
    const auto share = [mix](const char* name, unsigned& percent, const char* what) {
        mix->add_option(name, percent, what)->check(CLI::Range(0, 100));
    };
    share("--cancel", options.mix.cancel, "cancelled as the callee answers");
    share("--reinvite", options.mix.reinvite, "put on hold by a re-INVITE");
    share("--refuse", options.mix.refuse, "refused by the callee, 404 to 603");
    share("--ring", options.mix.ring, "cancelled while ringing");
    share("--lost", options.mix.lost, "cancelled, the INVITE's first copy being lost");
    share("--mute", options.mix.mute, "cancelled, the callee saying nothing at all");
    CLI11_PARSE(cli, argc, argv);
    if (options.mix.sum() > 100) {
        std::fprintf(stderr, "sip_load: the mix is more than all calls\n");
        return 1;
    }

    auto run = portcullis::bench::LoadRun::create(options);
    if (!run) {
        std::fprintf(stderr, "sip_load: %s\n", run.error().text().c_str());
        return 1;
    }
    if (const auto done = (*run)->run(); !done) {
        std::fprintf(stderr, "sip_load: %s\n", done.error().text().c_str());
        return 1;
    }
    return 0;
}
