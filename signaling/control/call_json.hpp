// SPDX-License-Identifier: BSD-2-Clause
// call_json: calls, their messages and their media as the JSON that the REST API passes on.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "signaling/b2bua/call.hpp"
#include "signaling/record/ended_calls.hpp"
#include "signaling/record/logged_message.hpp"

namespace portcullis::control {

using Json = nlohmann::ordered_json;

// One line of GET /calls.
[[nodiscard]] Json summary_json(const b2bua::Call& call);
// GET /calls/{id} without messages and media figures.
[[nodiscard]] Json detail_json(const b2bua::Call& call);
// The same of a call that is over.
[[nodiscard]] Json ended_json(const record::EndedCall& ended);
// The oldest messages first; not all of them when they are more than an answer may hold.
struct LadderJson {
    Json messages;
    bool complete = true;
};
[[nodiscard]] LadderJson messages_json(const std::vector<record::LoggedMessage>& messages);
[[nodiscard]] Json media_json(const relay_api::SessionStats& stats, LegId a_leg);
// Text of any bytes: what is not UTF-8 is replaced, never fails.
[[nodiscard]] std::string dump(const Json& json);

}  // namespace portcullis::control
