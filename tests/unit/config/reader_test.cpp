// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/reader.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policy/config/validate.hpp"
#include "policy/config/writer.hpp"
#include "tests/unit/config/documents.hpp"

namespace portcullis::config {
namespace {

class ExampleTest : public testing::TestWithParam<const char*> {};

TEST_P(ExampleTest, Loads) {
    const auto document = load_document(example_text(GetParam()));
    ASSERT_TRUE(document) << in_words(document.error());
    EXPECT_FALSE(document->routes.empty());
}

TEST_P(ExampleTest, SurvivesWritingAndReading) {
    const auto document = load_document(example_text(GetParam()));
    ASSERT_TRUE(document);
    for (const Layout layout : {Layout::Pretty, Layout::Compact}) {
        const std::string text = write_document(*document, Secrets::Include, layout);
        const auto again = load_document(text);
        ASSERT_TRUE(again) << in_words(again.error());
        EXPECT_EQ(*again, *document);
        EXPECT_EQ(write_document(*again, Secrets::Include, layout), text);
    }
}

INSTANTIATE_TEST_SUITE_P(Shipped, ExampleTest, testing::Values("lab", "minimal", "two-realms"),
                         [](const auto& row) {
                             std::string name(row.param);
                             std::erase(name, '-');
                             return name;
                         });

TEST(Reader, EmptyDocumentHasDefaults) {
    const auto document = load_document("{}");
    ASSERT_TRUE(document);
    EXPECT_EQ(*document, Document{});
    EXPECT_EQ(document->timers.t1, std::chrono::milliseconds(500));
    EXPECT_EQ(document->relay.lease, std::chrono::seconds(60));
}

TEST(Reader, TakesNoMorePoolsThanTheRelay) {
    nlohmann::json document{{"media_pools", nlohmann::json::array()}};
    for (std::size_t i = 0; i <= kMaxMediaPools; ++i) {
        document["media_pools"].push_back(nlohmann::json::object());
    }
    const auto loaded = load_document(document.dump());
    ASSERT_FALSE(loaded);
    ASSERT_EQ(loaded.error().size(), 1U) << in_words(loaded.error());
    EXPECT_EQ(loaded.error()[0].pointer, "/media_pools");
    EXPECT_EQ(loaded.error()[0].code, "too-many-items");
}

TEST(Reader, ReadsEveryKindOfField) {
    const auto document = load_document(example_text("two-realms"));
    ASSERT_TRUE(document) << in_words(document.error());
    const auto& trunk = *find_named(document->trunks, "carrier-a");
    EXPECT_EQ(trunk.gateways[0].uri.endpoint, Endpoint::parse("198.51.100.10:5060"));
    EXPECT_EQ(trunk.gateways[0].weight, 3);
    EXPECT_EQ(trunk.match.sources, std::vector{*Cidr::parse("198.51.100.0/24")});
    EXPECT_EQ(trunk.capacity.retry_after, std::chrono::seconds(5));
    EXPECT_EQ(trunk.timers.attempt_timeout, std::chrono::seconds(4));
    EXPECT_FALSE(trunk.timers.ring_timeout);
    EXPECT_FALSE(trunk.latching);
    EXPECT_EQ(document->realms[1].behind_nat, BehindNat::Never);
    EXPECT_EQ(effective_unknown_source(document->realms[0]), UnknownSource::Reject);
    EXPECT_EQ(effective_unknown_source(document->realms[1]), UnknownSource::Drop);
    EXPECT_EQ(document->access_lists[0].default_action, AccessAction::Deny);
}

TEST(Reader, ReportsAllMistakesTogetherInDocumentOrder) {
    auto lab = nlohmann::json::parse(example_text("lab"));
    lab["timers"]["t1_ms"] = 0;                      // field
    lab["routes"][1]["trunks"].push_back("nobody");  // reference
    lab["realms"][0]["trust"] = "yes";               // field
    lab["media_pools"][1]["port_max"] = 10;          // field: the range is not judged
    lab["trunks"][0]["failover_codes"] = {486};      // section
    const auto document = load_document(lab.dump());
    ASSERT_FALSE(document);
    std::vector<std::string> pointers;
    for (const Problem& problem : document.error()) pointers.push_back(problem.pointer);
    EXPECT_EQ(pointers, (std::vector<std::string>{"/realms/0/trust", "/media_pools/1/port_max",
                                                  "/trunks/0/failover_codes/0",
                                                  "/routes/1/trunks/1", "/timers/t1_ms"}))
        << in_words(document.error());
}

TEST(Reader, BadNameIsNotReportedAgainAsDangling) {
    auto lab = nlohmann::json::parse(example_text("lab"));
    lab["trunks"][1]["name"] = "Carrier";
    lab["routes"][0]["trunks"] = {"Carrier"};
    lab["routes"][1]["match"] = {{"realm", "peer"}};
    const auto document = load_document(lab.dump());
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().front().pointer, "/trunks/1/name");
    for (const Problem& problem : document.error()) {
        EXPECT_NE(problem.code, "dangling-reference") << problem;
    }
}

TEST(Reader, SuggestsTheFieldThatWasMeant) {
    const auto document = load_document(R"({"realms":[{"name":"a","domian":"x.example"}]})");
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error()[0].hint, "did you mean \"domain\"?");
}

TEST(Reader, DuplicateKeysAreMistakes) {
    const auto document = load_document(
        R"({"realms":[{"name":"a","name":"b","trust":"trusted"},{"name":"c"}],"realms":[]})");
    ASSERT_FALSE(document);
    ASSERT_EQ(document.error().size(), 2U) << in_words(document.error());
    EXPECT_EQ(document.error()[0].pointer, "/realms/0/name");
    EXPECT_EQ(document.error()[0].code, "duplicate-key");
    EXPECT_EQ(document.error()[1].pointer, "/realms");
}

TEST(Reader, DuplicateOfAnObjectIsSkippedWhole) {
    const auto document = load_document(R"({"timers":{"t1_ms":600},
        "timers":{"t1_ms":{"x":[1,{"y":2}]},"t1_ms":3},"relay":{"workers":0}})");
    ASSERT_FALSE(document);
    ASSERT_EQ(document.error().size(), 2U) << in_words(document.error());
    EXPECT_EQ(document.error()[0].pointer, "/timers");
    EXPECT_EQ(document.error()[1].pointer, "/relay/workers");
}

struct TextCase {
    const char* name;
    std::string text;
    const char* code;
};

class NoDocumentTest : public testing::TestWithParam<TextCase> {};

TEST_P(NoDocumentTest, IsOneProblemOfTheWhole) {
    const auto document = load_document(GetParam().text);
    ASSERT_FALSE(document);
    ASSERT_EQ(document.error().size(), 1U) << in_words(document.error());
    EXPECT_EQ(document.error()[0].pointer, "");
    EXPECT_EQ(document.error()[0].code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, NoDocumentTest,
    testing::Values(TextCase{"Empty", "", "syntax"}, TextCase{"Open", "{", "syntax"},
                    TextCase{"Trailing", "{} {}", "syntax"},
                    TextCase{"TrailingComma", R"({"realms":[],})", "syntax"},
                    TextCase{"Comment", "{} // no", "syntax"},
                    TextCase{"NotUtf8", "{\"\xff\":1}", "syntax"},
                    TextCase{"HugeNumber", R"({"timers":{"t1_ms":1e999}})", "syntax"},
                    TextCase{"List", "[]", "wrong-type"}, TextCase{"Null", "null", "wrong-type"},
                    TextCase{"Deep", std::string(100000, '['), "too-deep"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Reader, TooLargeTextIsNotParsed) {
    const auto document = load_document(std::string(kMaxDocumentBytes + 1, ' '));
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error()[0].code, "too-large");
}

TEST(Reader, ThousandsOfMistakesAreBounded) {
    nlohmann::json document = {{"realms", nlohmann::json::array()}};
    for (int i = 0; i < 900; ++i) document["realms"].push_back({{"nam", i}});
    for (int i = 0; i < 900; ++i) document["trunks"].push_back({{"name", "x"}});
    const auto loaded = load_document(document.dump());
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().size(), kMaxProblems);
}

// What tells trunks of one source apart makes the document valid.
TEST(Validate, SourcesToldApartByHostOrPort) {
    auto lab = nlohmann::json::parse(example_text("lab"));
    lab["trunks"].push_back({{"name", "by-host"},
                             {"realm", "core"},
                             {"match", {{"sources", {"198.18.0.2"}}, {"host", "b.example"}}}});
    lab["trunks"].push_back(
        {{"name", "by-port"}, {"realm", "core"}, {"gateways", {{{"uri", "sip:198.18.0.2:5080"}}}}});
    lab["trunks"].push_back(
        {{"name", "other-realm"}, {"realm", "peer"}, {"match", {{"sources", {"198.18.0.2"}}}}});
    lab["trunks"].push_back({{"name", "longer-prefix-wins"},
                             {"realm", "core"},
                             {"match", {{"sources", {"198.18.0.0/24"}}}}});
    const auto document = load_document(lab.dump());
    EXPECT_TRUE(document) << in_words(document.error());
}

TEST(Validate, DisabledObjectsDoNotConflict) {
    auto lab = nlohmann::json::parse(example_text("lab"));
    auto add_disabled = [&](const char* section, std::size_t index, const char* name) {
        auto copy = lab[section][index];
        copy["name"] = name;
        copy["enabled"] = false;
        lab[section].push_back(copy);
    };
    add_disabled("sip_interfaces", 0, "spare-a");
    add_disabled("media_interfaces", 0, "spare-b");
    add_disabled("media_pools", 0, "spare-c");
    add_disabled("trunks", 0, "spare-d");
    add_disabled("routes", 0, "spare-e");
    const auto document = load_document(lab.dump());
    EXPECT_TRUE(document) << in_words(document.error());
}

}  // namespace
}  // namespace portcullis::config
