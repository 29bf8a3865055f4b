// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/query_service.hpp"

#include "signaling/control/fan_out.hpp"

namespace portcullis::control {
namespace {

management::QueryReply json_reply(const Json& json) {
    return {200, "application/json", dump(json)};
}

management::QueryReply error_reply(std::uint16_t status, std::string_view detail) {
    return {status, "application/json", dump({{"detail", detail}})};
}

}  // namespace

void QueryService::answer(const management::Query& query, const Answer& answer) {
    constexpr std::string_view kCall = "calls/";
    const std::string_view path = query.path;
    const bool get = query.verb == "GET";
    if (path == "calls" && get) {
        list_calls(answer);
    } else if (path.starts_with(kCall) && (get || query.verb == "DELETE")) {
        const auto id = b2bua::CallManager::parse(path.substr(kCall.size()));
        if (!id) {
            answer(error_reply(404, "no such call"));
        } else if (get) {
            show_call(*id, answer);
        } else {
            hang_up(*id, answer);
        }
    } else if (path == "metrics" && get) {
        metrics(answer);
    } else if (path == "status" && get) {
        status(answer);
    } else {
        answer(error_reply(404, "signaling does not answer this query"));
    }
}

void QueryService::list_calls(const Answer& answer) {
    fan_out<Json>(
        shards_, io_,
        [](Shard& shard) {
            Json list = Json::array();
            shard.calls().for_each(
                [&list](b2bua::Call& call) { list.push_back(summary_json(call)); });
            return list;
        },
        [answer](const std::vector<Json>& lists) {
            Json all = Json::array();
            for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
            answer(json_reply({{"items", std::move(all)}}));
        });
}

void QueryService::show_call(CallId id, const Answer& answer) {
    // The relay's figures come over the owning shard's connection, so the answer is made there.
    struct Found {
        bool found = false;
    };
    fan_out<Found>(
        shards_, io_,
        [this, id, answer](Shard& shard) {
            auto* const call = shard.calls().find(id);
            if (call == nullptr) return Found{};
            Json json = detail_json(*call);
            const LegId a_leg = call->leg(b2bua::Side::A).media.spec.leg;
            shard.calls().media().query(
                call->session(), [this, id, json, a_leg,
                                  answer](const Result<relay_api::SessionStats>& stats) mutable {
                    json["media"] = stats ? media_json(*stats, a_leg) : Json::array();
                    boost::asio::post(io_, [this, id, json = std::move(json), answer]() mutable {
                        finish_call(id, std::move(json), answer);
                    });
                });
            return Found{true};
        },
        [this, id, answer](const std::vector<Found>& shards) {
            for (const auto& shard : shards) {
                if (shard.found) return;
            }
            // The call is over; its messages may still be here.
            finish_call(id, Json(), answer);
        });
}

void QueryService::finish_call(CallId id, Json call, const Answer& answer) {
    auto messages = messages_json(ring_.find(id));
    if (call.is_null()) {
        if (messages.empty()) {
            answer(error_reply(404, "no such call"));
            return;
        }
        call = {{"call_id", b2bua::CallManager::text(id)}, {"state", "ended"}};
    }
    call["messages"] = std::move(messages);
    answer(json_reply(call));
}

void QueryService::hang_up(CallId id, const Answer& answer) {
    fan_out<char>(
        shards_, io_,
        [id](Shard& shard) -> char {
            auto* const call = shard.calls().find(id);
            if (call == nullptr) return 0;
            call->hang_up("hung up by an operator");
            shard.calls().reap();
            return 1;
        },
        [answer](const std::vector<char>& found) {
            const bool any = std::find(found.begin(), found.end(), 1) != found.end();
            answer(any ? management::QueryReply{204, "application/json", ""}
                       : error_reply(404, "no such call"));
        });
}

void QueryService::metrics(const Answer& answer) {
    fan_out<ShardFigures>(
        shards_, io_,
        [this](Shard& shard) { return figures_of(shard, records_.feed(shard.id().value)); },
        [this, answer](const std::vector<ShardFigures>& figures) {
            answer({200, "text/plain; version=0.0.4",
                    metrics_text(figures, admission_, records_, config_.applied().value)});
        });
}

void QueryService::status(const Answer& answer) {
    fan_out<ShardFigures>(
        shards_, io_,
        [this](Shard& shard) { return figures_of(shard, records_.feed(shard.id().value)); },
        [this, answer](const std::vector<ShardFigures>& figures) {
            std::size_t calls = 0;
            bool relay = true;
            for (const auto& shard : figures) {
                for (const auto n : shard.calls_by_state) calls += n;
                relay = relay && shard.relay_ready;
            }
            answer(json_reply({{"version", PORTCULLIS_VERSION},
                               {"epoch", boot_epoch_},
                               {"applied_revision", config_.applied().value},
                               {"prepared_revision", config_.prepared().value},
                               {"shards", figures.size()},
                               {"calls", calls},
                               {"relay_connected", relay}}));
        });
}

}  // namespace portcullis::control
