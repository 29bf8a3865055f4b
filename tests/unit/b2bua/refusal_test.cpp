// SPDX-License-Identifier: BSD-2-Clause
// What the core refuses, and with which status; strangers and stray messages leave no state.
#include "tests/unit/b2bua/harness.hpp"

namespace portcullis::b2bua {
namespace {

class RefusalTest : public Harness {
 protected:
    static std::string warning_of(const sip::Message& answer) {
        return std::string(answer.header(sip::HeaderId::Warning).value_or(""));
    }
    static std::string warning_399(const std::string& text) {
        return text.empty() ? text : "399 portcullis \"" + text + "\"";
    }
    static std::string request(const std::string& method, const std::string& extra = {},
                               const std::string& to_tag = {}) {
        return method +
               " sip:x@198.18.0.1 SIP/2.0\nVia: SIP/2.0/UDP 198.18.0.2:5060;branch=z9hG4bK-r" +
               method + to_tag + "\nFrom: <sip:1001@pbx>;tag=f\nTo: <sip:x@198.18.0.1>" +
               (to_tag.empty() ? "" : ";tag=" + to_tag) + "\nCall-ID: r-" + method + to_tag +
               "\nCSeq: 5 " + method + "\nContact: <sip:1001@198.18.0.2>\n" +
               (extra.find("Max-Forwards") == std::string::npos ? "Max-Forwards: 70\n" : "") +
               extra + "Content-Length: 0\n\n";
    }
};

struct RefusalRow {
    const char* name;
    const char* method;
    const char* extra;
    const char* to_tag;
    const char* answer;        // empty: silence
    const char* warning = "";  // its text
};

class RefusalTable : public RefusalTest, public testing::WithParamInterface<RefusalRow> {};

TEST_P(RefusalTable, AnswersAsTheRfcNames) {
    const auto& row = GetParam();
    from_pbx(request(row.method, row.extra, row.to_tag));
    const auto answers = to_pbx();
    if (*row.answer == 0) {
        EXPECT_TRUE(answers.empty());
    } else {
        const auto answer = last(answers, row.answer);
        if (answer->status_code() == 405 || answer->status_code() == 501) {
            EXPECT_TRUE(answer->has(sip::HeaderId::Allow));
        }
        if (answer->status_code() == 420) {
            EXPECT_EQ(answer->header(sip::HeaderId::Unsupported), "nothing, we-do");
        }
        EXPECT_EQ(warning_of(*answer), warning_399(row.warning));  // RFC 3261 20.43
    }
    EXPECT_TRUE(to_carrier().empty());
    expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(
    Requests, RefusalTable,
    testing::Values(
        RefusalRow{"options", "OPTIONS", "", "", "200"},
        RefusalRow{"options in an unknown dialog", "OPTIONS", "", "nobody", "481", "no such call"},
        RefusalRow{"unknown method", "FROBNICATE", "", "", "501", "method is not served here"},
        RefusalRow{"method that is not taken part in", "REGISTER", "", "", "405",
                   "method is not served here"},
        RefusalRow{"subscribe", "SUBSCRIBE", "Event: presence\n", "", "405",
                   "method is not served here"},
        RefusalRow{"refer", "REFER", "Refer-To: <sip:premium@x>\n", "", "405",
                   "method is not served here"},
        RefusalRow{"bye without dialog", "BYE", "", "nobody", "481", "no such call"},
        RefusalRow{"bye without tag", "BYE", "", "", "481", "no such dialog"},
        RefusalRow{"update without dialog", "UPDATE", "", "nobody", "481", "no such call"},
        RefusalRow{"hops used up", "OPTIONS", "Max-Forwards: 0\n", "", "483",
                   "Max-Forwards is used up"},
        RefusalRow{"call with hops used up", "INVITE", "Max-Forwards: 0\n", "", "483",
                   "Max-Forwards is used up"},
        RefusalRow{"requirement", "INVITE", "Require: nothing, we-do\n", "", "420",
                   "an extension is required that is not supported"},
        RefusalRow{"join", "INVITE", "Join: x;from-tag=a;to-tag=b\n", "", "488",
                   "Join is not supported"},
        RefusalRow{"re-invite of nobody", "INVITE", "", "nobody", "481", "no such call"},
        RefusalRow{"stray cancel", "CANCEL", "", "", "481", "no such call"},
        RefusalRow{"stray ack", "ACK", "", "nobody", ""}));

TEST_F(RefusalTest, AStrangerInATrustedRealmIsRefusedInAnUntrustedOneIgnored) {  // design 8.6
    receive(request("OPTIONS"), "core-v4", "198.18.0.1:5060", "198.18.0.99:5060");
    EXPECT_EQ(warning_of(*last(take("198.18.0.99:5060"), "403")), "");
    receive(request("INVITE"), "peer-v4", "198.18.1.1:5060", "198.18.1.99:5060");
    EXPECT_TRUE(take("198.18.1.99:5060").empty());
    EXPECT_EQ(core->counters().dropped_unknown, 1U);
    expect_nothing_left();
    EXPECT_TRUE(records().empty());
}

struct StrayCase {
    const char* name;
    const char* method;
    const char* to_tag;
    const char* answer;  // to a stranger where strangers are answered; empty: silence
};

class StrayTable : public RefusalTest, public testing::WithParamInterface<StrayCase> {
 protected:
    // What `address` gets for the request sent twice; nothing is kept meanwhile or repeated later.
    std::vector<sip::MessagePtr> answers(const std::string& interface, const std::string& local,
                                         const std::string& address) {
        auto text = request(GetParam().method, {}, GetParam().to_tag);
        text.replace(text.find("198.18.0.2"), 10, address.substr(0, address.find(':')));
        for (int i = 0; i < 2; ++i) {
            receive(text, interface, local, address);
            EXPECT_EQ(transactions->table_size(), 0U);
            EXPECT_EQ(wheel.size(), 0U);
        }
        advance(std::chrono::seconds(40));
        auto taken = take(address);
        if (taken.size() == 2) {
            EXPECT_EQ(taken[0]->bytes(), taken[1]->bytes()) << "8.2.7";
        }
        EXPECT_TRUE(transport.sent.empty());
        return taken;
    }
    void expect_once_each(const std::vector<sip::MessagePtr>& taken, const std::string& code) {
        EXPECT_EQ(taken.size(), code.empty() ? 0U : 2U);
        if (!code.empty()) (void)last(taken, code);
    }
};

TEST_P(StrayTable, AStrangerLeavesNoStateAndGetsNoMoreThanHeSends) {
    expect_once_each(answers("core-v4", "198.18.0.1:5060", "198.18.0.99:5060"), GetParam().answer);
    expect_once_each(answers("peer-v4", "198.18.1.1:5060", "198.18.1.99:5060"), "");
    EXPECT_TRUE(records().empty());
}

class KnownStrayTable : public StrayTable {};

TEST_P(KnownStrayTable, AKnownSourceHearsThatTheDialogIsUnknown) {
    expect_once_each(answers("peer-v4", "198.18.1.1:5060", "198.18.1.2:5060"), GetParam().answer);
    EXPECT_TRUE(records().empty());
}

const StrayCase kStrayRows[] = {{"re-INVITE", "INVITE", "nobody", "481"},
                                {"BYE", "BYE", "nobody", "481"},
                                {"unknown method", "FROB", "nobody", "481"},
                                {"CANCEL", "CANCEL", "", "481"},
                                {"ACK", "ACK", "nobody", ""}};
INSTANTIATE_TEST_SUITE_P(Stray, StrayTable, testing::ValuesIn(kStrayRows));
INSTANTIATE_TEST_SUITE_P(Stray, KnownStrayTable, testing::ValuesIn(kStrayRows));
INSTANTIATE_TEST_SUITE_P(New, StrayTable,
                         testing::Values(StrayCase{"INVITE", "INVITE", "", "403"},
                                         StrayCase{"BYE without tag", "BYE", "", "403"},
                                         StrayCase{"OPTIONS", "OPTIONS", "", "403"}));

TEST_F(RefusalTest, ARemovedInterfaceServesOnlyTheCallsItHas) {
    const auto call = establish();
    std::string document = kDocument;
    document.replace(document.find("core-v4"), 7, "renamed");
    configure(document);
    from_pbx(request("INVITE", {}, "nobody"));
    from_pbx(request("OPTIONS"));
    from_pbx(request("CANCEL"));
    EXPECT_TRUE(to_pbx().empty());
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    (void)last(to_pbx(), "200");
}

TEST_F(RefusalTest, AFloodOfStrangersLeavesRoomForCalls) {
    const auto call = establish();
    transactions->configure({}, {.max_server = 4, .max_client = 100});
    for (int i = 0; i < 50; ++i) {
        receive(request("INVITE", {}, "nobody" + std::to_string(i)), "core-v4", "198.18.0.1:5060",
                "198.18.0.99:5060");
    }
    from_pbx(in_dialog("BYE", *call.ok_a, 2));
    (void)last(to_pbx(), "200");
}

// The fork's BYE crosses ours: its address is of no trunk, but it knows the tags.
TEST_F(RefusalTest, AForkThatHangsUpItselfIsAnswered) {
    const auto call = establish();
    from_carrier(
        respond(*call.invite_b, 200, "c-tag", "sip:c@198.18.1.9:5060", sdp("198.18.1.9", 6000)));
    const auto bye = last(take("198.18.1.9:5060"), "BYE");
    receive(in_dialog("BYE", *bye, 1, {}, true), "peer-v4", "198.18.1.1:5060", "198.18.1.9:5060");
    (void)last(take("198.18.1.9:5060"), "481");
}

TEST_F(RefusalTest, RightTagsFromAForeignAddressAreRefusedAndTheCallLives) {  // threats 27
    const auto call = establish();
    const auto bye = in_dialog("BYE", *call.ok_a, 2);
    receive(bye, "core-v4", "198.18.0.1:5060", "198.18.0.99:5060");
    EXPECT_EQ(warning_of(*last(take("198.18.0.99:5060"), "403")),
              warning_399("not from this address"));
    EXPECT_EQ(core->counters().refused_foreign, 1U);
    EXPECT_EQ(calls->size(), 1U);
    EXPECT_TRUE(to_carrier().empty());
}

TEST_F(RefusalTest, AnOldCseqIs500AndTheCallLives) {  // threats 26
    const auto call = establish();
    from_pbx(in_dialog("OPTIONS", *call.ok_a, 5));
    (void)last(to_pbx(), "200");
    from_pbx(in_dialog("INVITE", *call.ok_a, 4, sdp("198.18.0.2", 4000)));
    EXPECT_EQ(warning_of(*last(to_pbx(), "500")), warning_399("CSeq is lower than before"));
    EXPECT_EQ(calls->size(), 1U);
}

TEST_F(RefusalTest, BodiesThatAreNoUsableOfferAreRefused) {
    const std::string origin = "v=0\no=- 1 1 IN IP4 198.18.0.2\ns=-\nc=IN IP4 ";
    const std::pair<std::string, const char*> rows[] = {
        {origin + "224.1.1.1\nt=0 0\nm=audio 4000 RTP/AVP 8\n",
         "399 portcullis \"media address cannot be sent to\""},
        {origin + "media.example\nt=0 0\nm=audio 4000 RTP/AVP 8\n",
         "301 portcullis \"media address is a host name\""},
        {origin + "198.18.0.2\nt=0 0\nm=audio 4294967296 RTP/AVP 8\n",
         "307 portcullis \"session description is malformed\""},
        {origin + "198.18.0.2\nt=0 0\nm=message 4000 TCP/MSRP *\n",
         "304 portcullis \"no stream of the offer can be relayed\""},
        {"v=0\no=- 1 1 IN IP6 2001:db8::1\ns=-\nc=IN IP6 2001:db8::1\nt=0 0\n"
         "m=audio 4000 RTP/AVP 8\n",
         "301 portcullis \"media address is of a family not served here\""},
        {"garbage\n", "307 portcullis \"session description is malformed\""}};
    int n = 0;
    for (const auto& [body, warning] : rows) {
        auto text = invite({}, "bad-" + std::to_string(++n));
        text = with_body(text.substr(0, text.find("Content-Type")), body);
        from_pbx(text);
        const auto refusal = last(to_pbx(), "488");
        EXPECT_EQ(warning_of(*refusal), warning);
        from_pbx(in_dialog("ACK", *refusal, 1));
    }
    auto text = invite({}, "html");
    text = text.substr(0, text.find("Content-Type")) +
           "Content-Type: text/html\nContent-Length: 2\n\nhi";
    from_pbx(text);
    const auto refusal = last(to_pbx(), "415");
    EXPECT_TRUE(refusal->has(sip::HeaderId::Accept));
    EXPECT_EQ(warning_of(*refusal), warning_399("body is no session description that can be read"));
    EXPECT_TRUE(to_carrier().empty());
    EXPECT_EQ(calls->size(), 0U);
}

TEST_F(RefusalTest, CapacityAnswersAsTheTrunkSays) {
    std::string document = kDocument;
    const std::string gateways = R"("gateways":[{"uri":"sip:198.18.0.2:5060"}])";
    document.replace(
        document.find(gateways), gateways.size(),
        gateways + R"(,"capacity":{"max_calls":1,"reject_code":486,"retry_after_s":7})");
    configure(document);
    (void)establish();
    from_pbx(invite({}, "second"));
    const auto refusal = last(to_pbx(), "486");
    EXPECT_EQ(refusal->header(sip::HeaderId::RetryAfter), "7");
    EXPECT_EQ(admission.calls("pbx"), 1U);
}

}  // namespace
}  // namespace portcullis::b2bua
