// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/call_record.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace portcullis::record {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<WallTime>& at) {
    return at ? Json(format_time(*at)) : Json();
}

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

Json attempts_json(const std::vector<Attempt>& attempts) {
    Json list = Json::array();
    for (const auto& attempt : attempts) {
        list.push_back({{"trunk", attempt.trunk},
                        {"gateway", attempt.gateway},
                        {"code", attempt.code},
                        {"reason", attempt.reason},
                        {"ms", attempt.ms}});
    }
    return list;
}

}  // namespace

std::string format_time(WallTime at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    const auto micros = (at - seconds).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06d}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), micros);
}

[[nodiscard]] static Json media_json(const MediaFigures& figures) {
    const auto& stats = figures.stats;
    const auto lost = static_cast<double>(stats.rx_lost);
    const auto expected = static_cast<double>(stats.rx_expected);
    return {{"leg", figures.side == Side::A ? "a" : "b"},
            {"stream", stats.stream},
            {"codec", figures.codec},
            {"received", stats.rx_packets},
            {"received_bytes", stats.rx_bytes},
            {"sent", stats.tx_packets},
            {"sent_bytes", stats.tx_bytes},
            {"lost", stats.rx_lost},
            {"loss_percent", expected > 0 ? 100.0 * lost / expected : 0.0},
            {"duplicates", stats.rx_duplicates},
            {"reordered", stats.rx_reordered},
            {"jitter_ms", static_cast<double>(stats.rx_jitter_us) / 1000.0},
            {"max_jitter_ms", static_cast<double>(stats.rx_max_jitter_us) / 1000.0},
            {"mos", static_cast<double>(stats.mos_x100) / 100.0},
            {"rtcp_received", stats.rx_rtcp_packets},
            {"refused", stats.rx_rejected},
            {"remote", stats.rtp_latched ? Json(stats.rtp_latched->text()) : Json()}};
}

std::string to_json_line(const CallRecord& r) {
    Json media = Json::array();
    for (const auto& figures : r.media) media.push_back(media_json(figures));
    const Json json = {
        {"call_id", r.call_id},
        {"a_sip_call_id", r.a_sip_call_id},
        {"b_sip_call_id", r.b_sip_call_id},
        {"from_number", r.from_number},
        {"to_number", r.to_number},
        {"from_number_original", r.from_number_original},
        {"to_number_original", r.to_number_original},
        {"a_realm", r.a_realm},
        {"a_trunk", r.a_trunk},
        {"b_realm", r.b_realm},
        {"b_trunk", r.b_trunk},
        {"b_gateway", r.b_gateway},
        {"route", r.route},
        {"started_at", format_time(r.started_at)},
        {"ringing_at", time_or_null(r.ringing_at)},
        {"early_media_at", time_or_null(r.early_media_at)},
        {"answered_at", time_or_null(r.answered_at)},
        {"ended_at", format_time(r.ended_at)},
        {"duration_ms", r.duration_ms},
        {"billable_ms", r.billable_ms},
        {"pdd_ms", r.pdd_ms},
        {"setup_ms", r.setup_ms},
        {"sip_code", r.sip_code},
        {"sip_reason", r.sip_reason},
        {"q850", r.q850},
        {"released_by", name(r.released_by)},
        {"cause", r.cause},
        {"attempts", attempts_json(r.attempts)},
        {"media", std::move(media)},
        {"config_revision", r.config_revision},
    };
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
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
