// SPDX-License-Identifier: BSD-2-Clause
// Walk: one procedure from its start to its outcome, answered by a Zone.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "signaling/locate/procedure.hpp"
#include "tests/unit/locate/zone.hpp"

namespace portcullis::locate {

inline constexpr TimePoint kNow{std::chrono::hours{1}};

struct Walk {
    std::vector<std::string> stages;  // the questions of each stage, joined
    std::string result;               // servers, or the error
    Outcome outcome{.found = fail(Errc::Busy)};
    Dropped dropped;
};

inline std::string join(std::vector<std::string> parts) {
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out;
}

inline Walk run(const Where& where, const Zone& zone, const Settings& settings) {
    Procedure procedure(where, settings, first_of_all());
    Walk out;
    auto questions = procedure.start();
    while (!questions.empty()) {
        std::vector<std::string> stage;
        std::vector<Question> next;
        for (const Question& question : questions) {
            EXPECT_TRUE(next.empty()) << "a stage ended before its last answer";
            stage.push_back(text_of(question));
            next = procedure.on_reply(question, {std::make_shared<const Reply>(zone.ask(question)),
                                                 kNow + std::chrono::seconds(300)});
        }
        out.stages.push_back(join(std::move(stage)));
        questions = std::move(next);
    }
    EXPECT_TRUE(procedure.outcome()) << "neither questions nor an outcome";
    if (!procedure.outcome()) return out;
    out.outcome = *procedure.outcome();
    out.dropped = procedure.dropped();
    out.result = out.outcome.found
                     ? text_of(draw(*out.outcome.found, settings.prefer_v6, first_of_all()))
                     : out.outcome.found.error().code.message();
    return out;
}

}  // namespace portcullis::locate
