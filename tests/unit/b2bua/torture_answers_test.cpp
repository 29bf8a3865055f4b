// SPDX-License-Identifier: BSD-2-Clause
// What the core answers to every legal message of tests/torture, against the table's column
// `element`; tests/unit/sip/torture_test.cpp judges the rest.
#include <fstream>
#include <sstream>

#include "common/base/text.hpp"
#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

const std::filesystem::path kTorture = TORTURE_FOLDER;

struct TortureRow {
    std::string file;
    std::string element;
    friend void PrintTo(const TortureRow& row, std::ostream* out) { *out << row.file; }
};

std::vector<TortureRow> legal_messages() {
    std::vector<TortureRow> rows;
    std::ifstream table(kTorture / "expectations.txt");
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto [name, rest] = text::cut(line, '|');
        const auto [parser, more] = text::cut(rest, '|');
        if (text::trim(parser) != "accept") continue;
        rows.push_back(
            {std::string(text::trim(name)), std::string(text::trim(text::cut(more, '|').first))});
    }
    return rows;
}

class TortureAnswers : public Harness, public testing::WithParamInterface<TortureRow> {
 protected:
    // The final status that the PBX gets, "call" if the carrier's phone rings, or "silence".
    std::string answer_to(std::string bytes) {
        const auto message = sip::parse_message(std::move(bytes));
        if (!message) return message.error().text();
        const transport::Source source{.flow = {},
                                       .transport = TransportKind::Udp,
                                       .local = *Endpoint::parse("198.18.0.1:5060"),
                                       .remote = *Endpoint::parse("198.18.0.2:5060"),
                                       .interface = "core-v4"};
        transactions->on_message(*message, source);
        relay.answer();
        std::string out = "silence";
        for (const auto& sent : transport.sent) {
            if (sent.message->is_request()) return "call";
            if (sent.message->status_code() >= 200) {
                out = std::to_string(sent.message->status_code());
            }
        }
        return out;
    }
};

TEST_P(TortureAnswers, AreThoseOfTheTable) {
    const auto& row = GetParam();
    std::ifstream in(kTorture / "messages" / (row.file + ".sip"), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    EXPECT_EQ(answer_to(bytes.str()), row.element);
}

INSTANTIATE_TEST_SUITE_P(Legal, TortureAnswers, testing::ValuesIn(legal_messages()));

}  // namespace
}  // namespace portcullis::b2bua
