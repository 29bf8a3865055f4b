// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/query_service.hpp"

#include <map>
#include <optional>

#include "common/base/text.hpp"
#include "signaling/control/fan_out.hpp"
#include "signaling/control/trunk_json.hpp"

namespace portcullis::control {
namespace {

management::QueryReply json_reply(const Json& json) {
    return {200, "application/json", dump(json)};
}

management::QueryReply error_reply(std::uint16_t status, std::string_view detail) {
    return {status, "application/json", dump({{"detail", detail}})};
}

constexpr std::size_t kDefaultPage = 100;
constexpr std::size_t kMaxPage = 1000;  // what a shard writes as JSON between two calls

// "limit=100&after=0000000700000001"
struct CallPage {
    std::size_t limit = kDefaultPage;
    CallId after;
};

std::optional<CallPage> parse_page(std::string_view parameters) {
    CallPage page;
    while (!parameters.empty()) {
        const auto [parameter, rest] = text::cut(parameters, '&');
        const auto [name, value] = text::cut(parameter, '=');
        parameters = rest;
        const auto number = text::to_number<std::size_t>(value);
        const auto id = b2bua::CallManager::parse(value);
        if (name == "limit" && number && *number >= 1 && *number <= kMaxPage) {
            page.limit = *number;
        } else if (name == "after" && id) {
            page.after = *id;
        } else {
            return std::nullopt;
        }
    }
    return page;
}

// One shard's part of a page: one call more than asked tells that there is a next page.
struct PagePart {
    std::vector<std::pair<std::uint64_t, Json>> calls;
    std::size_t total = 0;
};

PagePart part_of(Shard& shard, const CallPage& page) {
    PagePart part;
    part.total = shard.calls().size();
    for (const auto id : shard.calls().ids_after(page.after, page.limit + 1)) {
        part.calls.emplace_back(id.value, summary_json(*shard.calls().find(id)));
    }
    return part;
}

Json page_json(std::vector<PagePart> parts, std::size_t limit) {
    std::map<std::uint64_t, Json> calls;
    std::size_t total = 0;
    for (auto& part : parts) {
        total += part.total;
        for (auto& [id, call] : part.calls) calls.emplace(id, std::move(call));
    }
    Json items = Json::array();
    std::uint64_t last = 0;
    for (auto& [id, call] : calls) {
        if (items.size() == limit) break;
        items.push_back(std::move(call));
        last = id;
    }
    Json json{{"items", std::move(items)}, {"total", total}};
    if (calls.size() > limit) json["next"] = b2bua::CallManager::text(CallId{last});
    return json;
}

}  // namespace

void QueryService::answer(const management::Query& query, const Answer& answer) {
    constexpr std::string_view kCall = "calls/";
    constexpr std::string_view kTrunk = "trunks/";
    constexpr std::string_view kStatus = "/status";
    const auto [path, parameters] = text::cut(query.path, '?');
    const bool get = query.verb == "GET";
    if (path == "calls" && get) {
        list_calls(parameters, answer);
    } else if (path.starts_with(kCall) && (get || query.verb == "DELETE")) {
        const auto id = b2bua::CallManager::parse(path.substr(kCall.size()));
        if (!id) {
            answer(error_reply(404, "no such call"));
        } else if (get) {
            show_call(*id, answer);
        } else {
            hang_up(*id, answer);
        }
    } else if (path.starts_with(kTrunk) && path.ends_with(kStatus) && get) {
        const auto name = path.substr(kTrunk.size());
        show_trunk(std::string(name.substr(0, name.size() - kStatus.size())), answer);
    } else if (path == "metrics" && get) {
        metrics(answer);
    } else if (path == "status" && get) {
        status(answer);
    } else {
        answer(error_reply(404, "signaling does not answer this query"));
    }
}

void QueryService::list_calls(std::string_view query, const Answer& answer) {
    const auto page = parse_page(query);
    if (!page) {
        answer(error_reply(400, "limit is 1 to 1000, and the cursor what \"next\" gave"));
        return;
    }
    fan_out<PagePart>(
        shards_, io_, [page = *page](Shard& shard) { return part_of(shard, page); },
        [answer, limit = page->limit](std::vector<PagePart> parts) {
            answer(json_reply(page_json(std::move(parts), limit)));
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
            const LegId a_leg = call->leg(b2bua::Side::A).media.copy().spec.leg;
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
            // The call is over; its story and messages may still be here.
            finish_call(id, Json(), answer);
        });
}

void QueryService::finish_call(CallId id, Json call, const Answer& answer) {
    auto [messages, complete] = messages_json(ring_.find(id));
    if (call.is_null()) {
        const auto ended = records_.ended().find(id);
        if (messages.empty() && !ended) {
            answer(error_reply(404, "no such call"));
            return;
        }
        call = {{"call_id", b2bua::CallManager::text(id)}, {"state", "ended"}};
        if (ended) call.update(ended_json(*ended));
    }
    call["messages"] = std::move(messages);
    if (!complete) call["messages_truncated"] = true;
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

void QueryService::show_trunk(const std::string& name, const Answer& answer) {
    Shard* const first = shards_.front().get();
    first->post([this, first, name, answer] {
        const auto states = first->trunk_service()->states();
        boost::asio::post(io_, [states, name, answer] {
            const auto* const trunk = states->find(name);
            answer(trunk == nullptr ? error_reply(404, "the trunk is not in use")
                                    : json_reply(status_json(*trunk, SystemClock().now())));
        });
    });
}

void QueryService::metrics(const Answer& answer) {
    fan_out<ShardFigures>(
        shards_, io_,
        [this](Shard& shard) { return figures_of(shard, records_.feed(shard.id().value)); },
        [this, answer](const std::vector<ShardFigures>& figures) {
            answer({200, "text/plain; version=0.0.4",
                    metrics_text(figures, admission_, records_, config_.applied().value,
                                 config_.tls_watch().figures())});
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
