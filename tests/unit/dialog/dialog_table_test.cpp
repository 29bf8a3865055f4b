// SPDX-License-Identifier: BSD-2-Clause
// Finding dialogs: in-dialog requests, forks, owners.
#include "signaling/dialog/dialog_table.hpp"

#include "tests/unit/dialog/samples.hpp"

namespace portcullis::dialog::testing {
namespace {

TEST(DialogTable, FindsTheDialogOfARequest) {
    DialogTable table;
    ASSERT_TRUE(table.insert(*Dialog::from_server(*request(), *response(180)), CallId{7}));
    const auto* entry = table.find_for_request(*request({.to_tag = "to1", .method = "BYE"}));
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->owner, CallId{7});
    EXPECT_EQ(table.find_for_request(*request()), nullptr) << "outside of any dialog";
    EXPECT_EQ(table.find_for_request(*request({.to_tag = "to2"})), nullptr) << "12.2.2: 481";
    EXPECT_EQ(table.find_for_request(*request({.to_tag = "to1", .from_tag = "forged"})), nullptr);
}

TEST(DialogTable, RequestsOfThePeerOfAClientDialogAreFound) {
    DialogTable table;
    ASSERT_TRUE(table.insert(*Dialog::from_client(*request(), *response(200)), CallId{1}));
    // The far end's BYE: its tag in From, ours in To.
    EXPECT_NE(
        table.find_for_request(*request({.to_tag = "from1", .from_tag = "to1", .method = "BYE"})),
        nullptr);
}

TEST(DialogTable, EachForkIsADialog) {
    DialogTable table;
    for (const char* tag : {"f1", "f2", "f3"}) {
        ASSERT_TRUE(table.insert(*Dialog::from_client(*request(), *response(183, {.to_tag = tag})),
                                 CallId{1}));
    }
    EXPECT_EQ(
        table.insert(*Dialog::from_client(*request(), *response(180, {.to_tag = "f1"})), CallId{1})
            .error()
            .code,
        make_error_code(Errc::AlreadyExists));
    EXPECT_EQ(table.size(), 3U);
    EXPECT_TRUE(table.erase({"call-1", "from1", "f2"}));
    EXPECT_FALSE(table.erase({"call-1", "from1", "f2"}));
    EXPECT_EQ(table.size(), 2U);
    EXPECT_EQ(table.find({"call-1", "from1", "f2"}), nullptr);
    EXPECT_NE(table.find({"call-1", "from1", "f3"}), nullptr);
}

TEST(DialogTable, AnOwnerTakesItsDialogsAlong) {
    DialogTable table;
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(table.insert(
            *Dialog::from_client(*request(), *response(183, {.to_tag = std::to_string(i)})),
            CallId{static_cast<std::uint64_t>(i % 2 + 1)}));
    }
    const DialogId id{"call-1", "from1", "2"};
    EXPECT_TRUE(table.erase(table.find(id)->dialog.id())) << "by a reference into the entry";
    EXPECT_EQ(table.erase_owner(CallId{1}), 49U);
    EXPECT_EQ(table.erase_owner(CallId{1}), 0U);
    EXPECT_EQ(table.size(), 50U);
    EXPECT_EQ(table.erase_owner(CallId{2}), 50U);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.find({"call-1", "from1", "3"}), nullptr);
}

}  // namespace
}  // namespace portcullis::dialog::testing
