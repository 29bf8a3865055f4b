// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/call_record.hpp"

#include "signaling/record/json_line.hpp"

namespace portcullis::record {
namespace {

// What a record of one attempt and two streams comes to.
constexpr std::size_t kUsualSize = 2048;

std::string_view name(ReleasedBy side) {
    switch (side) {
        case ReleasedBy::A:
            return "a";
        case ReleasedBy::B:
            return "b";
        case ReleasedBy::Sbc:
            break;
    }
    return "sbc";
}

void add_attempt(JsonLine& json, const Attempt& attempt) {
    json.open('{')
        .add("trunk", attempt.trunk)
        .add("gateway", attempt.gateway)
        .add("code", attempt.code)
        .add("reason", attempt.reason)
        .add("ms", attempt.ms)
        .close('}');
}

void add_media(JsonLine& json, const MediaFigures& figures) {
    const auto& stats = figures.stats;
    const auto lost = static_cast<double>(stats.rx_lost);
    const auto expected = static_cast<double>(stats.rx_expected);
    json.open('{')
        .add("leg", figures.side == Side::A ? "a" : "b")
        .add("stream", stats.stream)
        .add("codec", figures.codec)
        .add("received", stats.rx_packets)
        .add("received_bytes", stats.rx_bytes)
        .add("sent", stats.tx_packets)
        .add("sent_bytes", stats.tx_bytes)
        .add("lost", stats.rx_lost)
        .add("loss_percent", expected > 0 ? 100.0 * lost / expected : 0.0)
        .add("duplicates", stats.rx_duplicates)
        .add("reordered", stats.rx_reordered)
        .add("jitter_ms", static_cast<double>(stats.rx_jitter_us) / 1000.0)
        .add("max_jitter_ms", static_cast<double>(stats.rx_max_jitter_us) / 1000.0)
        .add("mos", static_cast<double>(stats.mos_x100) / 100.0)
        .add("rtcp_received", stats.rx_rtcp_packets)
        .add("refused", stats.rx_rejected)
        .key("remote");
    if (stats.rtp_latched) {
        json.value(stats.rtp_latched->text());
    } else {
        json.null();
    }
    json.close('}');
}

}  // namespace

std::string format_time(WallTime at) {
    std::string text;
    append_time(text, at);
    return text;
}

std::string to_json_line(const CallRecord& r) {
    JsonLine json(kUsualSize);
    json.open('{')
        .add("call_id", r.call_id)
        .add("a_sip_call_id", r.a_sip_call_id)
        .add("b_sip_call_id", r.b_sip_call_id)
        .add("from_number", r.from_number)
        .add("to_number", r.to_number)
        .add("from_number_original", r.from_number_original)
        .add("to_number_original", r.to_number_original)
        .add("a_realm", r.a_realm)
        .add("a_trunk", r.a_trunk)
        .add("b_realm", r.b_realm)
        .add("b_trunk", r.b_trunk)
        .add("b_gateway", r.b_gateway)
        .add("route", r.route)
        .add("started_at", r.started_at)
        .add("ringing_at", r.ringing_at)
        .add("early_media_at", r.early_media_at)
        .add("answered_at", r.answered_at)
        .add("ended_at", r.ended_at)
        .add("duration_ms", r.duration_ms)
        .add("billable_ms", r.billable_ms)
        .add("pdd_ms", r.pdd_ms)
        .add("setup_ms", r.setup_ms)
        .add("sip_code", r.sip_code)
        .add("sip_reason", r.sip_reason)
        .add("q850", r.q850)
        .add("released_by", name(r.released_by))
        .add("cause", r.cause);
    json.key("attempts").open('[');
    for (const auto& attempt : r.attempts) add_attempt(json, attempt);
    json.close(']').key("media").open('[');
    for (const auto& figures : r.media) add_media(json, figures);
    return json.close(']').add("config_revision", r.config_revision).close('}').take();
}

int q850_cause(int sip_code) {
    switch (sip_code) {
        case 200:
            return 16;
        case 400:
            return 41;
        case 401:
        case 402:
        case 403:
        case 407:
        case 603:
            return 21;
        case 404:
        case 485:
        case 604:
            return 1;
        case 405:
            return 63;
        case 406:
        case 415:
        case 501:
            return 79;
        case 408:
        case 504:
            return 102;
        case 410:
            return 22;
        case 413:
        case 414:
        case 416:
        case 420:
        case 421:
        case 423:
        case 505:
        case 513:
            return 127;
        case 480:
            return 18;
        case 481:
        case 500:
        case 503:
            return 41;
        case 482:
        case 483:
            return 25;
        case 484:
            return 28;
        case 486:
        case 600:
            return 17;
        case 487:
            return 16;
        case 488:
        case 606:
            return 65;
        case 502:
            return 38;
        default:
            return 31;
    }
}

}  // namespace portcullis::record
