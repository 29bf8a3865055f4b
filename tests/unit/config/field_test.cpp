// SPDX-License-Identifier: BSD-2-Clause
// The field tables themselves, and the walks on a struct that has a row of each kind.
#include "policy/config/field.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "policy/config/changes.hpp"
#include "policy/config/document.hpp"
#include "policy/config/field_row.hpp"
#include "policy/config/object_io.hpp"
#include "tests/unit/config/documents.hpp"

namespace portcullis::config {

struct Sample {
    std::string name;
    std::string password;
    std::optional<std::uint16_t> limit;
    std::vector<IpAddress> addresses;
};

template <>
const ObjectType& object_type<Sample>() {
    static const std::array kFields{
        name_row<Sample>(),
        field<&Sample::password>("password",
                                 {.doc = "Secret.", .type = &kTextType, .secret = true}),
        field<&Sample::limit>("limit", {.doc = "Limit.", .minimum = 10, .maximum = 70000}),
        field<&Sample::addresses>("addresses", {.doc = "Addresses.", .max_items = 2}),
    };
    static const ObjectType kType{"sample", "For tests.", kFields, default_object<Sample>};
    return kType;
}

namespace {

TEST(Field, SecretsAreRedactedUnlessAskedFor) {
    const Sample sample{.name = "a", .password = "hunter2", .limit = {}, .addresses = {}};
    const auto text = [&](Secrets secrets) {
        return write_object_text(object_type<Sample>(), &sample, secrets, Layout::Compact);
    };
    EXPECT_EQ(text(Secrets::Redact),
              R"({"name":"a","password":{"$secret":"password"},"addresses":[]})");
    EXPECT_EQ(text(Secrets::Include), R"({"name":"a","password":"hunter2","addresses":[]})");
}

TEST(Field, BoundsAreNoWiderThanTheMember) {
    const Field* limit = object_type<Sample>().find("limit");
    EXPECT_EQ(limit->info.minimum, 10);
    EXPECT_EQ(limit->info.maximum, 65535);
}

TEST(Field, ARefusedItemKeepsItsPlace) {
    Sample sample;
    Problems problems;
    read_object_text(object_type<Sample>(), &sample,
                     R"({"name":"a","addresses":["x","198.18.0.1"]})", problems);
    ASSERT_EQ(problems.size(), 1U) << in_words(problems);
    EXPECT_EQ(problems[0].pointer, "/addresses/0");
    ASSERT_EQ(sample.addresses.size(), 2U);
    EXPECT_EQ(sample.addresses[1], IpAddress::parse("198.18.0.1"));
}

TEST(Field, TooManyItemsAreCountedNotRead) {
    Sample sample;
    Problems problems;
    read_object_text(object_type<Sample>(), &sample, R"({"name":"a","addresses":[1,2,3]})",
                     problems);
    ASSERT_EQ(problems.size(), 1U) << in_words(problems);
    EXPECT_EQ(problems[0].code, "too-many-items");
}

TEST(Field, EmptyOptionalTextIsAbsent) {
    Sample sample;
    Problems problems;
    read_object_text(object_type<Sample>(), &sample, R"({"name":"a","password":""})", problems);
    EXPECT_TRUE(problems.empty()) << in_words(problems);
    EXPECT_EQ(write_object_text(object_type<Sample>(), &sample, Secrets::Include, Layout::Compact),
              R"({"name":"a","addresses":[]})");
}

// What a schema or a reference manual is made from must be there for every row.
void check_rows(const ObjectType& type) {
    EXPECT_FALSE(type.doc.empty()) << type.name;
    EXPECT_NE(type.defaults(), nullptr) << type.name;
    std::set<std::string_view> names;
    for (const Field& row : type.fields) {
        SCOPED_TRACE(std::string(type.name) + "." + std::string(row.name));
        EXPECT_TRUE(names.insert(row.name).second);
        EXPECT_FALSE(row.info.doc.empty());
        EXPECT_TRUE(row.info.doc.ends_with('.'));
        if (row.shape == Shape::Object || row.shape == Shape::ObjectList) {
            check_rows(row.object_type());
            continue;
        }
        ASSERT_NE(row.value, nullptr);
        EXPECT_FALSE(row.value->expected.empty());
        if (!row.info.refers_to.empty()) {
            EXPECT_NE(object_type<Document>().find(row.info.refers_to), nullptr);
        }
        const bool has_unit = row.name.ends_with("_s") || row.name.ends_with("_ms");
        EXPECT_EQ(has_unit, row.info.unit == "s" || row.info.unit == "ms");
        if (row.value->json != JsonType::Integer || row.shape != Shape::Value ||
            row.access.size(type.defaults()) == 0 || row.info.required) {
            continue;
        }
        const auto value = std::get<std::int64_t>(row.access.get(type.defaults(), 0));
        EXPECT_GE(value, row.info.minimum);
        EXPECT_LE(value, row.info.maximum);
    }
}

TEST(Field, EveryRowOfTheDocumentIsComplete) { check_rows(object_type<Document>()); }

TEST(Changes, NameTheSettingsThatNeedARestart) {
    Document before;
    Document after = before;
    after.relay.lease = std::chrono::seconds(90);
    after.relay.polling = Polling::Busy;
    EXPECT_TRUE(restart_changes(before, after).empty());
    after.relay.workers = 2;
    after.relay.cores = {1, 2};
    EXPECT_EQ(restart_changes(before, after),
              (std::vector<std::string>{"/relay/workers", "/relay/cores"}));
}

}  // namespace
}  // namespace portcullis::config
