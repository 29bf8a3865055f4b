// SPDX-License-Identifier: BSD-2-Clause
// Truncated and mutated messages: no crash, no false view, no line break out of an accessor.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "signaling/sip/parser.hpp"
#include "signaling/sip/stream_framer.hpp"
#include "signaling/sip/validate.hpp"
#include "tests/unit/sip/samples.hpp"

namespace portcullis::sip {
namespace {

std::vector<std::string> seeds() {
    std::vector<std::string> out{samples::invite()};
    const std::filesystem::path folder = SIP_TORTURE_FOLDER;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "messages")) {
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        if (text.str().size() < 2000) out.push_back(text.str());
    }
    return out;
}

bool inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void check(const std::string& bytes) {
    const auto judgement = judge_message(bytes);
    if (!judgement.message) return;
    const Message& message = *judgement.message;
    for (std::size_t i = 0; i < message.header_count(); ++i) {
        const auto header = message.header_at(i);
        ASSERT_TRUE(inside(header.value, message.bytes()));
        ASSERT_EQ(header.value.find_first_of("\r\n"), std::string_view::npos);
        for (const auto value : message.values(header.id)) {
            ASSERT_TRUE(inside(value, message.bytes()));
            (void)parse_name_addr(value);
            (void)parse_via(value);
        }
    }
    const auto& essentials = message.essentials();
    ASSERT_TRUE(inside(essentials.call_id, message.bytes()));
    ASSERT_TRUE(inside(essentials.top_via.branch, message.bytes()));
    ASSERT_TRUE(inside(essentials.from_tag, message.bytes()));
    ASSERT_EQ(message.reason_phrase().find_first_of("\r\n"), std::string_view::npos);
    if (judgement.accepted()) {
        // What was accepted is accepted again, and means the same.
        const auto again = parse_message(std::string(message.bytes()));
        ASSERT_TRUE(again) << message.bytes();
        ASSERT_EQ(**again, message);
    } else {
        const auto response = make_rejection_response(message, *judgement.rejection);
        ASSERT_TRUE(response);
        ASSERT_EQ((*response)->bytes().find("\r\n\r\n") + 4, (*response)->bytes().size());
    }
}

TEST(HostileBytes, TruncatedAtEveryByte) {
    for (const auto& text : seeds()) {
        for (std::size_t size = 0; size <= text.size(); ++size) {
            check(text.substr(0, size));
            if (HasFatalFailure()) return;
        }
    }
}

// Fixed seed: a failure is repeated by running the test again.
TEST(HostileBytes, RandomMutations) {
    std::mt19937 random(20260401);
    const auto texts = seeds();
    const auto below = [&](std::size_t bound) {
        return random() % std::max<std::size_t>(bound, 1);
    };
    constexpr std::string_view kSpice =
        "\r\n\0\t \",;:<>@=?%[]()\\/\x7f\x80\xff"
        "09az";
    for (int round = 0; round < 60000; ++round) {
        std::string text = texts[below(texts.size())];
        for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
            const std::size_t at = below(text.size());
            switch (below(5)) {
                case 0:
                    if (!text.empty()) text[at] = kSpice[below(kSpice.size())];
                    break;
                case 1:
                    text.insert(at, 1, kSpice[below(kSpice.size())]);
                    break;
                case 2:
                    if (!text.empty()) text.erase(at, 1 + below(20));
                    break;
                case 3:
                    text.insert(at, text.substr(below(text.size() + 1), below(60)));
                    break;
                default:
                    if (!text.empty()) text[at] = static_cast<char>(random());
            }
        }
        check(text);
        if (HasFatalFailure()) return;
    }
}

TEST(HostileBytes, FramerSurvivesMutations) {
    std::mt19937 random(7);
    const auto texts = seeds();
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        for (int i = 0; i < 3; ++i) text += texts[random() % texts.size()];
        for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(random());
        StreamFramer framer;
        std::size_t at = 0;
        bool broken = false;
        while (at < text.size() && !broken) {
            const std::size_t size = std::min<std::size_t>(1 + random() % 700, text.size() - at);
            framer.push(std::string_view(text).substr(at, size));
            at += size;
            while (true) {
                auto frame = framer.next();
                broken = frame.kind == FrameKind::Broken;
                if (broken || frame.kind == FrameKind::NeedMore) break;
                // Framer and parser agree on the length.
                if (frame.kind == FrameKind::Message) {
                    const auto judgement = judge_message(frame.bytes);
                    ASSERT_NE(judgement.error, make_error_code(Errc::LengthMismatch));
                    ASSERT_NE(judgement.error, make_error_code(Errc::MalformedLength));
                    if (judgement.accepted()) {
                        ASSERT_EQ(judgement.message->bytes().size(), frame.bytes.size());
                    }
                }
            }
        }
    }
}

// 60 KB of anything is judged quickly: the work is linear (threats: 100 ms of CPU at most).
TEST(HostileBytes, WorstCasesAreLinear) {
    std::vector<std::string> texts;
    texts.push_back(samples::options("X: " + std::string(60000, '"') + "\r\n"));
    texts.push_back(samples::options("Via: " + std::string(60000, ',') + "\r\n"));
    std::string folds = "X: a";
    for (int i = 0; i < 15000; ++i) folds += "\r\n ";
    texts.push_back(samples::options(folds + "b\r\n"));
    std::string params = "Contact: <sip:a@h>";
    for (int i = 0; i < 2000; ++i) params += ";x=1";
    texts.push_back(samples::options(params + "\r\n"));
    texts.push_back(std::string(60000, '\n'));
    texts.push_back(std::string(65535, '\r'));
    std::string crlf;
    for (int i = 0; i < 30000; ++i) crlf += "\r\n";
    texts.push_back(crlf + samples::options());
    for (const auto& text : texts) {
        const auto start = std::chrono::steady_clock::now();
        check(text);
        const auto took = std::chrono::steady_clock::now() - start;
        EXPECT_LT(took, std::chrono::milliseconds(100));
    }
}

}  // namespace
}  // namespace portcullis::sip
