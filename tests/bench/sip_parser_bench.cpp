// SPDX-License-Identifier: BSD-2-Clause
// Cost of parsing (with validation) and of building one ~900-byte INVITE with SDP.
#include <benchmark/benchmark.h>

#include "signaling/sip/builder.hpp"
#include "signaling/sip/parser.hpp"
#include "signaling/sip/stream_framer.hpp"
#include "tests/unit/sip/samples.hpp"

namespace portcullis::sip {
namespace {

void parse_invite(benchmark::State& state) {
    const auto text = samples::invite();
    for (auto _ : state) {
        auto message = parse_message(std::string(text));
        benchmark::DoNotOptimize(message);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK(parse_invite);

MessagePtr build(const std::string& sdp) {
    auto builder = MessageBuilder::request(Method::Invite,
                                           "sip:+15550100@sbc.exchange.example:5060;user=phone");
    builder.add(HeaderId::Via, "SIP/2.0/UDP 192.0.2.21:5060;branch=z9hG4bK-7c01d9-1-0;rport")
        .add(HeaderId::MaxForwards, 70)
        .add(HeaderId::From, "\"Ada Harbour\" <sip:+15550199@harbour.example>;tag=7c01d9f81a")
        .add(HeaderId::To, "<sip:+15550100@sbc.exchange.example>")
        .add(HeaderId::CallId, "7c01d9e0-5a31-4f6b@192.0.2.21")
        .add(HeaderId::CSeq, "314 INVITE")
        .add(HeaderId::Contact, "<sip:+15550199@192.0.2.21:5060;transport=udp>")
        .add(HeaderId::Allow, "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK")
        .add(HeaderId::Supported, "100rel, timer, replaces")
        .add(HeaderId::SessionExpires, "1800;refresher=uac")
        .add(HeaderId::UserAgent, "Harbour PBX 4.2")
        .add(HeaderId::PAssertedIdentity, "<sip:+15550199@harbour.example>")
        .body("application/sdp", sdp);
    return builder.finish();
}

void build_invite(benchmark::State& state) {
    const std::string sdp(samples::kSdp);
    for (auto _ : state) {
        auto message = build(sdp);
        benchmark::DoNotOptimize(message);
    }
}
BENCHMARK(build_invite);

// As a transaction does, which looks at what it sends: Via, tags and CSeq are decoded then.
void build_and_read_invite(benchmark::State& state) {
    const std::string sdp(samples::kSdp);
    for (auto _ : state) {
        auto message = build(sdp);
        benchmark::DoNotOptimize(message->essentials().top_via.branch);
    }
}
BENCHMARK(build_and_read_invite);

void build_response(benchmark::State& state) {
    const auto request = *parse_message(samples::invite());
    const auto source = Endpoint::parse("192.0.2.21:5060");
    for (auto _ : state) {
        auto message = MessageBuilder::response(*request, 180, {}, {"8f12ab", source}).finish();
        benchmark::DoNotOptimize(message);
    }
}
BENCHMARK(build_response);

void frame_invite(benchmark::State& state) {
    const auto text = samples::invite();
    StreamFramer framer;
    for (auto _ : state) {
        framer.push(text);
        auto frame = framer.next();
        benchmark::DoNotOptimize(frame);
    }
}
BENCHMARK(frame_invite);

}  // namespace
}  // namespace portcullis::sip
