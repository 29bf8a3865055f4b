// SPDX-License-Identifier: BSD-2-Clause
// The identity object of realms and trunks: what it takes, and one mistake per row.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "policy/config/reader.hpp"
#include "policy/config/writer.hpp"
#include "tests/unit/config/documents.hpp"

namespace portcullis::config {
namespace {

struct IdentityRow {
    const char* name;
    const char* place;     // the object that gets `identity`
    const char* identity;  // JSON
    const char* pointer;   // below that object's identity; nullptr: no mistake
    const char* code;
};

std::ostream& operator<<(std::ostream& out, const IdentityRow& row) { return out << row.name; }

const IdentityRow kIdentityRows[] = {
    {"Everything", "/trunks/1",
     R"({"trust":"trusted","caller_source":["asserted","remote-party","preferred","from"],
         "asserted_identity":"make","preferred_identity":"pass","remote_party_id":"drop",
         "privacy":"pass","signature":"drop","redirection":"history-info","referred_by":"pass",
         "user_to_user":"pass","user_to_user_max":131,"reason":"text","geolocation":"pass",
         "resource_priority":"pass","charging":"pass","access_network":"drop","early_media":"pass",
         "alert_info":"pass","call_info":"hide","answer_mode":"pass","caller_preferences":"drop",
         "session_id":"regenerate","software":"ours",
         "pass_headers":[{"from":"core","names":["X-Account"]},{"names":["Subject"]}]})",
     nullptr, nullptr},
    {"Nothing", "/realms/0", "{}", nullptr, nullptr},
    {"UnknownSetting", "/realms/0", R"({"pai":"pass"})", "/pai", "unknown-field"},
    {"UnknownForm", "/realms/0", R"({"redirection":"isup"})", "/redirection", "bad-value"},
    {"NoNumber", "/realms/0", R"({"user_to_user":"pass","user_to_user_max":0})",
     "/user_to_user_max", "out-of-range"},
    {"LimitOfNothing", "/trunks/0", R"({"user_to_user_max":64})", "/user_to_user_max", "no-effect"},
    {"SourceTwice", "/realms/0", R"({"caller_source":["from","from"]})", "/caller_source/1",
     "duplicate-item"},
    // RFC 3325 section 5.
    {"BelievedStranger", "/realms/1", R"({"caller_source":["from","asserted"]})",
     "/caller_source/1", "contradiction"},
    {"BelievedStrangersTrunk", "/trunks/1", R"({"caller_source":["remote-party"]})",
     "/caller_source/0", "contradiction"},
    {"TrustedByContract", "/trunks/1", R"({"trust":"trusted","caller_source":["asserted"]})",
     nullptr, nullptr},
    {"NoNames", "/realms/0", R"({"pass_headers":[{"names":[]}]})", "/pass_headers/0/names",
     "too-few-items"},
    {"NoToken", "/realms/0", R"({"pass_headers":[{"names":["X-A:"]}]})", "/pass_headers/0/names/0",
     "bad-header"},
    {"DialogForming", "/realms/0", R"({"pass_headers":[{"names":["X-A","contact"]}]})",
     "/pass_headers/0/names/1", "reserved-header"},
    {"CompactForm", "/realms/0", R"({"pass_headers":[{"names":["I"]}]})", "/pass_headers/0/names/0",
     "reserved-header"},
    {"HasASetting", "/realms/0", R"({"pass_headers":[{"names":["Diversion"]}]})",
     "/pass_headers/0/names/0", "reserved-header"},
    {"Credentials", "/realms/0", R"({"pass_headers":[{"names":["Authorization"]}]})",
     "/pass_headers/0/names/0", "reserved-header"},
    {"NameTwice", "/realms/0",
     R"({"pass_headers":[{"names":["X-A"]},{"from":"peer","names":["X-A"]},{"names":["x-a"]}]})",
     "/pass_headers/2/names/0", "duplicate-item"},
    {"DanglingFrom", "/realms/0", R"({"pass_headers":[{"from":"moon","names":["X-A"]}]})",
     "/pass_headers/0/from", "dangling-reference"},
};

class IdentitySettings : public testing::TestWithParam<IdentityRow> {};
TEST_P(IdentitySettings, AreJudged) {
    const auto& row = GetParam();
    auto json = nlohmann::json::parse(example_text("lab"));
    const std::string place = std::string(row.place) + "/identity";
    json[nlohmann::json::json_pointer(place)] = nlohmann::json::parse(row.identity);
    const auto document = load_document(json.dump());
    if (row.pointer == nullptr) {
        ASSERT_TRUE(document.has_value()) << in_words(document.error());
        const auto again = load_document(write_document(*document));
        ASSERT_TRUE(again.has_value()) << in_words(again.error());
        EXPECT_EQ(*again, *document);
        return;
    }
    ASSERT_FALSE(document.has_value());
    ASSERT_EQ(document.error().size(), 1U) << in_words(document.error());
    EXPECT_EQ(document.error()[0].pointer, place + row.pointer);
    EXPECT_EQ(document.error()[0].code, row.code);
    EXPECT_FALSE(document.error()[0].hint.empty());
}
INSTANTIATE_TEST_SUITE_P(Rows, IdentitySettings, testing::ValuesIn(kIdentityRows),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace portcullis::config
