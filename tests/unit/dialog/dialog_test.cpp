// SPDX-License-Identifier: BSD-2-Clause
// Dialogs from both sides: creation, confirmation, target refresh, sequence numbers, checkpoint
// form.
#include "signaling/dialog/dialog.hpp"

#include "common/base/field_codec.hpp"
#include "tests/unit/dialog/samples.hpp"

namespace portcullis::dialog::testing {
namespace {

TEST(Dialog, TheServerSideTakesItsStateFromTheRequest) {
    const auto dialog = Dialog::from_server(*request({.routes = kTwoRoutes}), *response(180));
    ASSERT_TRUE(dialog) << dialog.error().text();
    const DialogState& state = dialog->state();
    EXPECT_EQ(state.id, (DialogId{"call-1", "to1", "from1"})) << "12.1.1";
    EXPECT_EQ(state.phase, DialogPhase::Early);
    EXPECT_TRUE(state.is_uas);
    EXPECT_EQ(state.local_uri, "sip:b@sbc.example;user=phone");
    EXPECT_EQ(state.remote_uri, "sip:a@pbx.example");
    EXPECT_EQ(state.remote_name, "\"Al, \\\"A\\\"\"");
    EXPECT_EQ(state.remote_target, "sip:a@198.18.0.2:5070");
    EXPECT_EQ(state.remote_cseq, 10U);
    EXPECT_EQ(state.local_cseq, 0U) << "12.1.1: empty";
    EXPECT_EQ(state.route_set,
              (std::vector<std::string>{"<sip:p1.example;lr>;x=1", "<sip:p2.example;lr>",
                                        "<sip:p3.example;lr>"}))
        << "12.1.1: in order, with parameters";
    EXPECT_FALSE(state.secure);
}

TEST(Dialog, TheClientSideTakesItsStateFromTheResponse) {
    const auto dialog = Dialog::from_client(*request(), *response(200, {.routes = kTwoRoutes}));
    ASSERT_TRUE(dialog) << dialog.error().text();
    const DialogState& state = dialog->state();
    EXPECT_EQ(state.id, (DialogId{"call-1", "from1", "to1"})) << "12.1.2";
    EXPECT_EQ(state.phase, DialogPhase::Confirmed);
    EXPECT_FALSE(state.is_uas);
    EXPECT_EQ(state.local_uri, "sip:a@pbx.example");
    EXPECT_EQ(state.remote_target, "sip:b@198.18.1.2:5080");
    EXPECT_EQ(state.local_cseq, 10U);
    EXPECT_EQ(state.invite_cseq, 10U);
    EXPECT_FALSE(state.remote_cseq) << "12.1.2: empty";
    EXPECT_EQ(state.route_set.front(), "<sip:p3.example;lr>") << "12.1.2: in reverse order";
    EXPECT_EQ(state.route_set.back(), "<sip:p1.example;lr>;x=1");
}

struct SecureCase {
    const char* uri;
    bool over_tls;
    bool secure;
};

TEST(Dialog, IsSecureOnlyOverTlsWithSips) {
    for (const SecureCase& row :
         {SecureCase{"sips:b@x", true, true}, SecureCase{"sip:b@x", true, false},
          SecureCase{"sips:b@x", false, false}}) {
        const auto made = request({.uri = row.uri});
        EXPECT_EQ(Dialog::from_server(*made, *response(200), row.over_tls)->state().secure,
                  row.secure)
            << "12.1.1";
        EXPECT_EQ(Dialog::from_client(*made, *response(200), row.over_tls)->state().secure,
                  row.secure)
            << "12.1.2";
    }
}

struct RefusalCase {
    const char* what;
    sip::MessagePtr request;
    sip::MessagePtr response;
    bool server;  // refused for the server, else for the client
    Errc error;
};

TEST(Dialog, IsNotMadeFromWhatMakesNone) {
    const std::string bad = "Contact: <tel:+1>\r\n";
    const std::string bad_route = "Record-Route: <tel:+1>\r\n";
    const std::vector<RefusalCase> rows{
        {"100 (12.1)", request(), response(100), true, Errc::MissingTag},
        {"100 (12.1)", request(), response(100), false, Errc::MissingTag},
        {"failure", request(), response(486), true, Errc::MissingTag},
        {"failure", request(), response(486), false, Errc::MissingTag},
        {"180 without tag", request(), untagged(180), true, Errc::MissingTag},
        {"180 without tag", request(), untagged(180), false, Errc::MissingTag},
        {"no Contact (8.1.1.8)", request({.contact = ""}), response(200), true,
         Errc::MissingContact},
        {"tel Contact", request({.contact = bad}), response(200), true, Errc::BadTarget},
        {"tel route", request({.routes = bad_route}), response(200), true, Errc::BadTarget},
        {"tel route", request(), response(200, {.routes = bad_route}), false, Errc::BadTarget},
    };
    for (const auto& row : rows) {
        const auto made = row.server ? Dialog::from_server(*row.request, *row.response)
                                     : Dialog::from_client(*row.request, *row.response);
        ASSERT_FALSE(made) << row.what;
        EXPECT_EQ(made.error().code, make_error_code(row.error)) << row.what;
    }
}

// A 2xx without a Contact of use breaks RFC 3261 12.1.1, but somebody has answered and must be told
// of the end.
TEST(Dialog, AResponseMayLackAContact) {
    for (const int status : {183, 200}) {
        for (const std::string contact : {"", "Contact: <tel:+491>\r\n"}) {
            const auto dialog =
                Dialog::from_client(*request(), *response(status, {.contact = contact}));
            ASSERT_TRUE(dialog) << status << contact;
            EXPECT_EQ(dialog->state().remote_target, "sip:b@198.18.0.1");
        }
    }
}

TEST(Dialog, PeersOfRfc2543NeedNoTag) {
    const auto server =
        Dialog::from_server(*request({.from_tag = ""}), *response(200, {.from_tag = ""}));
    ASSERT_TRUE(server);
    EXPECT_EQ(server->id().remote_tag, "") << "12.1.1";
    const auto client = Dialog::from_client(*request(), *untagged(200));
    ASSERT_TRUE(client);
    EXPECT_EQ(client->id().remote_tag, "") << "12.1.2";
}

TEST(Dialog, ConfirmingRecomputesTheRouteSet) {
    auto dialog = Dialog::from_client(*request(), *response(180, {.routes = kTwoRoutes}));
    const auto answer = response(200, {.contact = "Contact: <sip:b@198.18.1.9>\r\n",
                                       .routes = "Record-Route: <sip:p9.example;lr>\r\n"});
    ASSERT_TRUE(dialog->confirm_from(*answer));
    EXPECT_TRUE(dialog->is_confirmed());
    EXPECT_EQ(dialog->state().route_set, std::vector<std::string>{"<sip:p9.example;lr>"})
        << "13.2.2.4";
    EXPECT_EQ(dialog->state().remote_target, "sip:b@198.18.1.9");
    EXPECT_EQ(dialog->state().local_cseq, 10U) << "13.2.2.4: the rest stays";
    EXPECT_FALSE(dialog->confirm_from(*response(200, {.to_tag = "fork2"}))) << "another dialog";
}

TEST(Dialog, RefreshMovesTheTargetOnly) {
    auto dialog = Dialog::from_server(*request({.routes = kTwoRoutes}), *response(200));
    const auto before = dialog->state().route_set;
    const auto moved = request({.to_tag = "to1",
                                .contact = "Contact: <sip:a@203.0.113.5;x?h=1>\r\n",
                                .routes = "Record-Route: <sip:new.example;lr>\r\n",
                                .cseq = 11});
    ASSERT_TRUE(dialog->refresh_target(*moved));
    EXPECT_EQ(dialog->state().remote_target, "sip:a@203.0.113.5;x") << "12.2.2, 19.1.1";
    EXPECT_EQ(dialog->state().route_set, before) << "12.2: the route set stays";
    ASSERT_TRUE(dialog->refresh_target(*request({.to_tag = "to1", .contact = ""})));
    EXPECT_EQ(dialog->state().remote_target, "sip:a@203.0.113.5;x") << "without Contact: as it was";
    EXPECT_FALSE(dialog->refresh_target(*request({.contact = "Contact: <tel:1>\r\n"})));
}

TEST(Dialog, ChecksTheOrderOfRequests) {
    auto dialog = Dialog::from_server(*request(), *response(200));
    EXPECT_EQ(dialog->receive_sequence(9), SequenceCheck::TooLow) << "12.2.2: 500";
    EXPECT_EQ(dialog->receive_sequence(10), SequenceCheck::Repeated);
    EXPECT_EQ(dialog->receive_sequence(15), SequenceCheck::InOrder) << "12.2.2: gaps are fine";
    EXPECT_EQ(dialog->receive_sequence(14), SequenceCheck::TooLow);
    auto client = Dialog::from_client(*request(), *response(200));
    EXPECT_EQ(client->receive_sequence(3), SequenceCheck::InOrder) << "12.2.2: empty takes any";
    EXPECT_EQ(client->receive_sequence(2), SequenceCheck::TooLow);
}

TEST(Dialog, NumbersItsOwnRequests) {
    auto client = Dialog::from_client(*request(), *response(200));
    EXPECT_EQ(client->take_cseq(false), 11U) << "12.2.1.1";
    EXPECT_EQ(client->state().invite_cseq, 10U);
    EXPECT_EQ(client->take_cseq(true), 12U);
    EXPECT_EQ(client->state().invite_cseq, 12U);
    client->skip_cseq(100);
    EXPECT_EQ(client->take_cseq(false), 113U);
    auto server = Dialog::from_server(*request(), *response(200));
    const auto first = server->take_cseq(false);
    EXPECT_GE(first, 1U);
    EXPECT_LT(first, 1U << 31U) << "8.1.1.5";
    EXPECT_EQ(server->take_cseq(false), first + 1);
}

TEST(Dialog, SurvivesItsCheckpoint) {
    auto dialog = Dialog::from_server(*request({.routes = kTwoRoutes}), *response(200));
    (void)dialog->take_cseq(true);
    const auto bytes = codec::to_bytes(dialog->state());
    const auto back = codec::from_bytes<DialogState>(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, dialog->state());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(codec::from_bytes<DialogState>(std::span(bytes).first(size))) << size;
    }
}

}  // namespace
}  // namespace portcullis::dialog::testing
