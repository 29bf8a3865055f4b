// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/call_json.hpp"

#include "signaling/b2bua/call_manager.hpp"
#include "signaling/control/redact.hpp"

namespace portcullis::control {
namespace {

Json time_json(const std::optional<WallTime>& at) {
    return at ? Json(record::format_time(*at)) : Json();
}

Json leg_json(const b2bua::Leg& leg, const std::string& sip_call_id) {
    Json streams = Json::array();
    const auto media = leg.media.copy();
    for (const auto& ports : media.ports) {
        streams.push_back({{"stream", ports.stream},
                           {"local_rtp", ports.rtp.text()},
                           {"local_rtcp", ports.rtcp.text()}});
    }
    return {{"realm", leg.realm},
            {"trunk", leg.trunk},
            {"interface", leg.address.interface},
            {"transport", describe(leg.destination.transport).param},
            {"local", leg.address.local.text()},
            {"remote", leg.destination.remote.text()},
            {"sip_call_id", sip_call_id},
            {"behind_nat", leg.behind_nat},
            {"streams", std::move(streams)}};
}

Json story_json(const std::vector<record::StoryEvent>& story) {
    Json events = Json::array();
    for (const auto& event : story) {
        events.push_back({{"at", record::format_time(event.at)}, {"text", event.text}});
    }
    return events;
}

}  // namespace

Json summary_json(const b2bua::Call& call) {
    const auto& record = call.record();
    return {{"call_id", b2bua::CallManager::text(call.id())},
            {"state", b2bua::name(call.state())},
            {"from_number", record.from_number},
            {"to_number", record.to_number},
            {"a_trunk", record.a_trunk},
            {"b_trunk", record.b_trunk},
            {"route", record.route},
            {"started_at", record::format_time(record.started_at)},
            {"ringing_at", time_json(record.ringing_at)},
            {"answered_at", time_json(record.answered_at)}};
}

Json detail_json(const b2bua::Call& call) {
    Json json = summary_json(call);
    const auto& record = call.record();
    json["a"] = leg_json(call.leg(b2bua::Side::A), record.a_sip_call_id);
    json["b"] = leg_json(call.leg(b2bua::Side::B), record.b_sip_call_id);
    json["config_revision"] = record.config_revision;
    Json attempts = Json::array();
    for (const auto& attempt : record.attempts) {
        attempts.push_back({{"trunk", attempt.trunk},
                            {"gateway", attempt.gateway},
                            {"code", attempt.code},
                            {"reason", attempt.reason},
                            {"ms", attempt.ms}});
    }
    json["attempts"] = std::move(attempts);
    json["events"] = story_json(call.events());
    return json;
}

Json ended_json(const record::EndedCall& ended) {
    return {{"record", Json::parse(ended.record, nullptr, false)},
            {"events", story_json(ended.story)}};
}

LadderJson messages_json(const std::vector<record::LoggedMessage>& messages) {
    // Text grows up to sixfold by escapes, and a frame between processes holds 32 MiB.
    constexpr std::size_t kMaxBytes = 4U << 20;
    Json list = Json::array();
    std::size_t bytes = 0;
    for (const auto& message : messages) {
        const std::string_view text(message.bytes);
        bytes += text.size();
        if (bytes > kMaxBytes) return {std::move(list), false};
        const auto offset = message.at - messages.front().at;
        list.push_back({{"at", record::format_time(message.at)},
                        {"offset_ms", static_cast<double>(offset.count()) / 1000.0},
                        {"leg", message.side == b2bua::Side::A ? "a" : "b"},
                        {"direction", message.received ? "in" : "out"},
                        {"transport", describe(message.transport).param},
                        {"local", message.local.text()},
                        {"remote", message.remote.text()},
                        {"start_line", text.substr(0, text.find("\r\n"))},
                        {"text", redact(text)}});
    }
    return {std::move(list), true};
}

Json media_json(const relay_api::SessionStats& stats, LegId a_leg) {
    Json list = Json::array();
    for (const auto& stream : stats.streams) {
        const auto expected = static_cast<double>(stream.rx_expected);
        list.push_back(
            {{"leg", stream.leg == a_leg ? "a" : "b"},
             {"stream", stream.stream},
             {"received", stream.rx_packets},
             {"sent", stream.tx_packets},
             {"lost", stream.rx_lost},
             {"loss_percent",
              expected > 0 ? 100.0 * static_cast<double>(stream.rx_lost) / expected : 0.0},
             {"jitter_ms", static_cast<double>(stream.rx_jitter_us) / 1000.0},
             {"mos", static_cast<double>(stream.mos_x100) / 100.0},
             {"payload_type", stream.rx_payload_type},
             {"rtcp_received", stream.rx_rtcp_packets},
             {"refused", stream.rx_rejected},
             {"remote", stream.rtp_latched ? Json(stream.rtp_latched->text()) : Json()}});
    }
    return list;
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace portcullis::control
