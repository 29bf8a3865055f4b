// SPDX-License-Identifier: BSD-2-Clause
// DNS replies, well formed and hostile.
#include "signaling/locate/dns_message.hpp"

#include <gtest/gtest.h>

#include "tests/unit/locate/wire.hpp"

namespace portcullis::locate {
namespace {

using std::chrono::seconds;

constexpr unsigned kA = 1;
constexpr unsigned kCname = 5;
constexpr unsigned kSoa = 6;
constexpr unsigned kAaaa = 28;
constexpr unsigned kSrv = 33;
constexpr unsigned kNaptr = 35;

const Question kAddress{"sip.example.com", RecordType::A};
const Question kService{"_sip._udp.example.com", RecordType::Srv};
const Question kPointer{"example.com", RecordType::Naptr};
const std::string kOne = Wire::v4(192, 0, 2, 1);

TEST(ReadReply, TakesAddressesWithTheirLeastTtl) {
    Wire wire(kAddress);
    wire.record("sip.example.com", kA, 300, kOne);
    wire.record("SIP.Example.com", kA, 60, Wire::v4(192, 0, 2, 2));
    const Reply reply = read_reply(kAddress, wire.bytes());
    EXPECT_EQ(reply.kind, ReplyKind::Records);
    ASSERT_EQ(reply.addresses.size(), 2U);
    EXPECT_EQ(reply.addresses[1].text(), "192.0.2.2");
    EXPECT_EQ(reply.ttl, seconds(60));
    EXPECT_EQ(reply.dropped_records, 0U);
}

TEST(ReadReply, TakesIpv6Addresses) {
    const Question question{"a", RecordType::Aaaa};
    Wire wire(question);
    wire.record("a", kAaaa, 5, std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01");
    const Reply reply = read_reply(question, wire.bytes());
    ASSERT_EQ(reply.addresses.size(), 1U);
    EXPECT_EQ(reply.addresses[0].text(), "2001:db8::1");
}

// RFC 1035 4.1.4: owner and target of compressed names.
TEST(ReadReply, FollowsCompression) {
    Wire wire(kService);
    wire.count(6);
    // The question's name stands at 12: "_sip" 5, "_udp" 5, then example.com at 22.
    wire.pointer(12).u16(kSrv).u16(1).u32(30).u16(12);
    wire.u16(1).u16(2).u16(5060).u8(3).raw("sip").pointer(22);
    const Reply reply = read_reply(kService, wire.bytes());
    ASSERT_EQ(reply.services.size(), 1U);
    EXPECT_EQ(reply.services[0], (SrvRecord{1, 2, 5060, "sip.example.com"}));
}

TEST(ReadReply, TakesServicesAndPointers) {
    Wire services(kService);
    services.record(kService.name, kSrv, 30, Wire::srv(10, 20, 5070, "SIP.example.com"));
    services.record(kService.name, kSrv, 30, Wire::srv(0, 0, 0, ""));
    const Reply srv = read_reply(kService, services.bytes());
    EXPECT_EQ(srv.services, (std::vector<SrvRecord>{{10, 20, 5070, "sip.example.com"}, {}}));
    Wire pointers(kPointer);
    pointers.record("example.com", kNaptr, 30,
                    Wire::naptr(1, 2, "S", "SIP+D2U", "", "_sip._udp.example.com"));
    pointers.record("example.com", kNaptr, 30, Wire::naptr(3, 4, "u", "E2U+sip", "!^.*$!x!", ""));
    const Reply naptr = read_reply(kPointer, pointers.bytes());
    EXPECT_EQ(naptr.pointers,
              (std::vector<NaptrRecord>{{1, 2, "s", "sip+d2u", false, "_sip._udp.example.com"},
                                        {3, 4, "u", "e2u+sip", true, ""}}));
}

TEST(ReadReply, FollowsAliasesInAnyOrder) {
    Wire wire(kAddress);
    wire.record("b.example.net", kA, 100, kOne);
    wire.record("a.example.net", kCname, 20, Wire::encode("b.example.net"));
    wire.record("sip.example.com", kCname, 50, Wire::encode("a.example.net"));
    const Reply reply = read_reply(kAddress, wire.bytes());
    EXPECT_EQ(reply.kind, ReplyKind::Records);
    EXPECT_EQ(reply.ttl, seconds(20));  // the least on the way
}

TEST(ReadReply, EndsAliasLoops) {
    Wire self(kAddress);
    self.record("sip.example.com", kCname, 50, Wire::encode("sip.example.com"));
    Wire two(kAddress);
    two.record("sip.example.com", kCname, 50, Wire::encode("a"));
    two.record("a", kCname, 50, Wire::encode("sip.example.com"));
    Wire many(kAddress);
    many.record("sip.example.com", kCname, 50, Wire::encode("a0"));
    for (int i = 0; i < 20; ++i) {
        many.record("a" + std::to_string(i), kCname, 50, Wire::encode("a" + std::to_string(i + 1)));
    }
    many.record("a20", kA, 50, kOne);
    for (const Wire* wire : {&self, &two, &many}) {
        const Reply reply = read_reply(kAddress, wire->bytes());
        EXPECT_EQ(reply.kind, ReplyKind::NoData);
        EXPECT_TRUE(reply.alias_loop);
    }
}

// RFC 2308 section 5.
TEST(ReadReply, TakesTheLifeOfNothingFromTheSoaRecord) {
    Wire nothing(kAddress, 3);
    nothing.authority().record("example.com", kSoa, 900, Wire::soa(60));
    EXPECT_EQ(read_reply(kAddress, nothing.bytes()).kind, ReplyKind::NoSuchName);
    EXPECT_EQ(read_reply(kAddress, nothing.bytes()).ttl, seconds(60));
    Wire no_data(kAddress);
    no_data.authority().record("example.com", kSoa, 40, Wire::soa(600));
    EXPECT_EQ(read_reply(kAddress, no_data.bytes()).kind, ReplyKind::NoData);
    EXPECT_EQ(read_reply(kAddress, no_data.bytes()).ttl, seconds(40));
    EXPECT_EQ(read_reply(kAddress, Wire(kAddress, 3).bytes()).ttl, std::nullopt);
    // RFC 2181 section 8: with the first bit set a TTL is zero.
    Wire huge(kAddress);
    huge.record("sip.example.com", kA, 0x80000001U, kOne);
    EXPECT_EQ(read_reply(kAddress, huge.bytes()).ttl, seconds(0));
}

TEST(ReadReply, LeavesOutWhatDoesNotBelong) {
    Wire wire(kAddress);
    wire.record("sip.example.com", kA, 60, kOne);
    wire.record("other.example.com", kA, 60, kOne);                       // of another name
    wire.record("sip.example.com", kSrv, 60, Wire::srv(0, 0, 1, "a"));    // of another type
    wire.record("sip.example.com", kA, 60, kOne, 3);                      // of another class
    wire.record("sip.example.com", kA, 60, "\x01\x02\x03");               // of another size
    wire.record("sip.example.com", kCname, 60, Wire::encode("a") + "x");  // longer than its name
    const Reply reply = read_reply(kAddress, wire.bytes());
    EXPECT_EQ(reply.addresses.size(), 1U);
    EXPECT_EQ(reply.dropped_records, 5U);
}

TEST(ReadReply, LeavesOutMalformedData) {
    Wire services(kService);
    services.record(kService.name, kSrv, 60, Wire::srv(0, 0, 0, "sip.example.com"));  // port 0
    services.record(kService.name, kSrv, 60, std::string("\0\0\0\0\0", 5));
    services.record(kService.name, kSrv, 60, Wire::srv(0, 0, 1, "sip.exa mple.com"));
    services.record(kService.name, kSrv, 60, Wire::srv(0, 0, 1, "a") + "x");
    const Reply srv = read_reply(kService, services.bytes());
    EXPECT_EQ(srv.kind, ReplyKind::NoData);
    EXPECT_EQ(srv.dropped_records, 4U);
    Wire pointers(kPointer);
    pointers.record("example.com", kNaptr, 60,
                    std::string("\0\1\0\1\xff"
                                "a",
                                6));
    EXPECT_EQ(read_reply(kPointer, pointers.bytes()).dropped_records, 1U);
}

struct BadMessage {
    const char* name;
    std::string bytes;
};

std::vector<BadMessage> bad_messages() {
    Wire good(kAddress);
    good.record("sip.example.com", kA, 60, kOne);
    std::vector<BadMessage> rows{
        {"Empty", ""},
        {"Query", Wire(good).patch(2, 0x01).text()},
        {"NoQuestion", Wire(good).patch(5, 0).text()},
        {"TwoQuestions", Wire(good).patch(5, 2).text()},
        {"OtherName", Wire({"sip.example.org", RecordType::A}).text()},
        {"OtherType", Wire({"sip.example.com", RecordType::Aaaa}).text()},
        {"MoreRecordsThanBytes", Wire(good).patch(7, 2).text()},
        {"ManyMoreRecords", Wire(good).patch(6, 0xff).patch(7, 0xff).text()},
    };
    for (std::size_t length = 1; length < good.size(); length += 3) {
        rows.push_back({"Truncated", good.text().substr(0, length)});
    }
    Wire to_itself(kAddress);
    to_itself.count(6);
    to_itself.pointer(static_cast<unsigned>(to_itself.size())).u16(kA).u16(1).u32(1).u16(4);
    rows.push_back({"PointerToItself", to_itself.raw(kOne).text()});
    Wire forward(kAddress);
    forward.count(6);
    forward.pointer(static_cast<unsigned>(forward.size()) + 2).u16(kA).u16(1).u32(1).u16(4);
    rows.push_back({"PointerForward", forward.raw(kOne).text()});
    Wire reserved(kAddress);
    reserved.count(6);
    rows.push_back({"LabelOfReservedKind", reserved.u8(0x80).raw(std::string(20, '\0')).text()});
    Wire long_name(kAddress);
    long_name.count(6);
    for (int i = 0; i < 6; ++i) long_name.u8(60).raw(std::string(60, 'a'));
    rows.push_back({"LongName", long_name.u8(0).u16(kA).u16(1).u32(1).u16(4).raw(kOne).text()});
    return rows;
}

TEST(ReadReply, BytesThatAreNoReplyAreAFailure) {
    for (const auto& row : bad_messages()) {
        const Reply reply = read_reply(kAddress, std::as_bytes(std::span(row.bytes)));
        EXPECT_EQ(reply.kind, ReplyKind::Failed) << row.name << " " << row.bytes.size();
        EXPECT_EQ(reply.failure, Errc::BadReply) << row.name;
    }
}

TEST(ReadReply, CodesOtherThanNameErrorAreServerFailures) {
    for (const unsigned code : {1U, 2U, 4U, 5U, 9U}) {
        const Reply reply = read_reply(kAddress, Wire(kAddress, code).bytes());
        EXPECT_EQ(reply.kind, ReplyKind::Failed);
        EXPECT_EQ(reply.failure, Errc::ServerFailure);
    }
}

TEST(ReadReply, ThousandRecordsAreRead) {
    Wire wire(kAddress);
    for (unsigned i = 0; i < 1000; ++i) {
        wire.record("sip.example.com", kA, 60, Wire::v4(198, 51, i / 256, i % 256));
    }
    EXPECT_EQ(read_reply(kAddress, wire.bytes()).addresses.size(), 1000U);
}

struct NameCase {
    std::string text;
    const char* normal;  // nullptr: refused
};

class NormalNameTest : public testing::TestWithParam<NameCase> {};

TEST_P(NormalNameTest, IsJudged) {
    const auto name = normal_name(GetParam().text);
    ASSERT_EQ(name.has_value(), GetParam().normal != nullptr) << GetParam().text;
    EXPECT_EQ(name.value_or(""), GetParam().normal == nullptr ? "" : GetParam().normal);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NormalNameTest,
    testing::Values(NameCase{"Example.COM", "example.com"}, NameCase{"example.com.", "example.com"},
                    NameCase{"a", "a"}, NameCase{"_sip._udp.a-b", "_sip._udp.a-b"},
                    NameCase{"", nullptr}, NameCase{".", nullptr}, NameCase{".a", nullptr},
                    NameCase{"a..b", nullptr}, NameCase{"a b", nullptr}, NameCase{"a\\.b", nullptr},
                    NameCase{std::string("a\0b", 3), nullptr}, NameCase{"a/b", nullptr},
                    NameCase{std::string(64, 'a'), nullptr},
                    NameCase{std::string(63, 'a') + "." + std::string(63, 'a') + "." +
                                 std::string(63, 'a') + "." + std::string(63, 'a'),
                             nullptr}));

}  // namespace
}  // namespace portcullis::locate
