// SPDX-License-Identifier: BSD-2-Clause
#include "policy/config/collections.hpp"

#include <gtest/gtest.h>

#include "policy/config/reader.hpp"
#include "policy/config/validate.hpp"
#include "tests/unit/config/documents.hpp"

namespace portcullis::config {
namespace {

class CollectionsTest : public testing::Test {
 protected:
    Document document = *load_document(example_text("lab"));
    const Collection& trunks = *find_collection("trunks");
};

TEST_F(CollectionsTest, AreTheListsOfTheDocument) {
    std::vector<std::string> paths;
    for (const Collection& collection : collections()) paths.push_back(collection.path);
    EXPECT_EQ(paths, (std::vector<std::string>{"realms", "sip_interfaces", "media_interfaces",
                                               "media_pools", "trunks", "routes", "number_rules",
                                               "access_lists", "tls_profiles"}));
    EXPECT_EQ(find_collection("sip-interfaces"), find_collection("sip_interfaces"));
    EXPECT_EQ(find_collection("sip-interfaces")->kind, "sip interface");
    EXPECT_EQ(find_collection("timers"), nullptr);
    EXPECT_EQ(find_collection("trunk"), nullptr);
}

TEST_F(CollectionsTest, ListAndGet) {
    EXPECT_EQ(list_names(document, trunks), (std::vector<std::string>{"pbx", "carrier"}));
    const auto text = read_object(document, trunks, "pbx");
    ASSERT_TRUE(text);
    EXPECT_NE(text->find(R"("uri":"sip:198.18.0.2:5060;transport=udp")"), std::string::npos);
    EXPECT_FALSE(read_object(document, trunks, "nobody"));
    EXPECT_EQ(object_pointer(document, trunks, "carrier"), "/trunks/1");
    EXPECT_EQ(read_collection(document, *find_collection("number-rules")), "[]");
}

TEST_F(CollectionsTest, WhatIsReadCanBePutBack) {
    for (const Collection& collection : collections()) {
        for (const std::string& name : list_names(document, collection)) {
            Document copy = document;
            const auto created = put_object(copy, collection, name,
                                            *read_object(copy, collection, name, Secrets::Include));
            ASSERT_TRUE(created) << in_words(created.error());
            EXPECT_FALSE(*created);
            EXPECT_EQ(copy, document);
        }
    }
}

TEST_F(CollectionsTest, PutCreatesAtTheEndAndReplacesInPlace) {
    const auto created = put_object(document, trunks, "backup",
                                    R"({"realm":"peer","gateways":[{"uri":"sip:198.18.1.3"}]})");
    ASSERT_TRUE(created) << in_words(created.error());
    EXPECT_TRUE(*created);
    EXPECT_EQ(document.trunks.back().name, "backup");

    const auto replaced =
        put_object(document, trunks, "pbx",
                   R"({"name":"pbx","realm":"core","gateways":[{"uri":"sip:198.18.0.9"}]})");
    ASSERT_TRUE(replaced);
    EXPECT_FALSE(*replaced);
    EXPECT_EQ(document.trunks.size(), 3U);
    EXPECT_EQ(document.trunks[0].gateways[0].uri.endpoint.address.text(), "198.18.0.9");
    // A replaced object keeps nothing of the old one.
    EXPECT_TRUE(document.trunks[0].match.sources.empty());
    EXPECT_TRUE(validate(document).empty());
}

TEST_F(CollectionsTest, ARefusedPutChangesNothing) {
    const Document before = document;
    const auto refuse = [&](std::string_view name, std::string_view json, std::string_view pointer,
                            std::string_view code) {
        const auto result = put_object(document, trunks, name, json);
        ASSERT_FALSE(result) << json;
        ASSERT_EQ(result.error().size(), 1U) << in_words(result.error());
        EXPECT_EQ(result.error()[0].pointer, pointer);
        EXPECT_EQ(result.error()[0].code, code);
        EXPECT_EQ(document, before);
    };
    refuse("pbx", "{", "", "syntax");
    refuse("pbx", "[]", "", "wrong-type");
    refuse("pbx", R"({"name":"carrier","realm":"core"})", "/name", "name-mismatch");
    refuse("Pbx", R"({"realm":"core"})", "/name", "bad-name");
    refuse(std::string(64, 'a'), R"({"realm":"core"})", "/name", "bad-name");
    refuse("pbx", R"({"realm":"core","gateways":[{"uri":"x"}]})", "/gateways/0/uri", "bad-uri");
}

TEST_F(CollectionsTest, EraseRemovesOneObject) {
    EXPECT_TRUE(erase_object(document, *find_collection("routes"), "pbx-to-carrier"));
    EXPECT_FALSE(erase_object(document, *find_collection("routes"), "pbx-to-carrier"));
    ASSERT_EQ(document.routes.size(), 1U);
    EXPECT_EQ(document.routes[0].name, "carrier-to-pbx");
}

TEST_F(CollectionsTest, UsedByNamesEveryReference) {
    std::vector<std::string> uses;
    for (const Reference& use : used_by(document, "trunks", "carrier")) {
        uses.push_back(use.path + " " + use.pointer);
    }
    EXPECT_EQ(uses, (std::vector<std::string>{"/routes/pbx-to-carrier /routes/0/trunks/0",
                                              "/routes/carrier-to-pbx /routes/1/match/trunk"}));
    EXPECT_EQ(used_by(document, "realms", "core").size(), 5U);
    EXPECT_EQ(used_by(document, "media-interfaces", "core").size(), 2U);
    EXPECT_TRUE(used_by(document, "routes", "pbx-to-carrier").empty());
    // A realm of the same name as a media interface is something else.
    EXPECT_EQ(used_by(document, "media_interfaces", "peer").size(), 2U);
}

TEST_F(CollectionsTest, SettingsAreReplacedWhole) {
    const Settings& timers = *find_settings("timers");
    document.timers.t4 = std::chrono::milliseconds(6000);
    ASSERT_TRUE(put_settings(document, timers, R"({"t1_ms":600})"));
    EXPECT_EQ(document.timers.t1, std::chrono::milliseconds(600));
    EXPECT_EQ(document.timers.t4, std::chrono::milliseconds(5000));
    EXPECT_FALSE(put_settings(document, timers, R"({"t1_ms":700,"t2_ms":1})"));
    EXPECT_EQ(document.timers.t1, std::chrono::milliseconds(600));
    EXPECT_NE(read_settings(document, timers).find(R"("t1_ms":600)"), std::string::npos);
    EXPECT_GE(settings().size(), 3U);
    EXPECT_EQ(find_settings("trunks"), nullptr);
}

}  // namespace
}  // namespace portcullis::config
