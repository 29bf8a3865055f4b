// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/multipart.hpp"

#include <gtest/gtest.h>

#include <array>

namespace portcullis::sip {
namespace {

constexpr std::string_view kMixed = "multipart/mixed;boundary=cut";

// SDP and the ISUP message of a gateway, which holds any bytes.
const std::string kIsup("\x01\x00\x49\r\n--cu\r\n\x00\xff\r", 15);
std::string gateway_body() {
    return "--cut\r\n"
           "Content-Type: application/sdp\r\n"
           "\r\n"
           "v=0\r\n"
           "\r\n--cut\r\n"
           "Content-Type: application/ISUP;version=itu-t92+;base=itu-t92+\r\n"
           "Content-Disposition: signal;handling=optional\r\n"
           "\r\n" +
           kIsup + "\r\n--cut--\r\n";
}

TEST(Multipart, PartsAndTheirFields) {
    const auto body = gateway_body();
    const auto parsed = parse_multipart(kMixed, body);
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->parts.size(), 2U);
    const auto& sdp = parsed->parts[0];
    EXPECT_EQ(sdp.content, "v=0\r\n");
    EXPECT_TRUE(sdp.is("Application", "SDP"));
    EXPECT_TRUE(sdp.required);  // RFC 3261 section 20.11
    EXPECT_EQ(parsed->find_sdp(), &sdp);
    const auto& isup = parsed->parts[1];
    EXPECT_EQ(isup.content, kIsup);
    EXPECT_TRUE(isup.is("application", "isup"));
    EXPECT_EQ(isup.disposition, "signal;handling=optional");
    EXPECT_FALSE(isup.required);
}

struct Case {
    const char* why;
    const char* content_type;
    std::string body;
    int parts;  // -1: refused
};

TEST(Multipart, Grammar) {
    const std::string seventy(70, 'b');
    const std::string longer(71, 'b');
    const std::vector<Case> cases = {
        {"RFC 2046 5.1.1: preamble and epilogue", "multipart/mixed;boundary=x",
         "for old readers\r\n--x\r\n\r\na\r\n--x--\r\ngarbage\r\n--x\r\n", 1},
        {"RFC 2046 5.1.1: no CRLF behind the end", "multipart/mixed;boundary=x",
         "--x\r\n\r\na\r\n--x--", 1},
        {"RFC 2046 5.1.1: padding behind a boundary", "multipart/mixed;boundary=x",
         "--x \t\r\n\r\na\r\n--x-- \r\n", 1},
        {"RFC 2046 5.1.1: a part without header fields or content", "multipart/mixed;boundary=x",
         "--x\r\n\r\n--x\r\n\r\n\r\n--x--", 2},
        {"RFC 2046 5.1.1: a part of header fields only", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: a/b\r\n--x--", 1},
        {"RFC 2046 5.1.1: quoted boundary with a space", "multipart/mixed;boundary=\"a b:c?\"",
         "--a b:c?\r\n\r\na\r\n--a b:c?--", 1},
        {"RFC 2046 5.1.1: 70 characters", "multipart/mixed;boundary=" /* below */, "", 1},
        {"RFC 2046 5.1.1: and no more", "multipart/mixed;boundary=" /* below */, "", -1},
        {"RFC 2046 5.1.1: no boundary", "multipart/mixed", "--x\r\n\r\na\r\n--x--", -1},
        {"RFC 2046 5.1.1: empty boundary", "multipart/mixed;boundary=\"\"", "--\r\n\r\na\r\n----",
         -1},
        {"RFC 2046 5.1.1: boundary ends in a space", "multipart/mixed;boundary=\"x \"",
         "--x \r\n\r\na\r\n--x --", -1},
        {"RFC 2046 5.1.1: character outside of bchars", "multipart/mixed;boundary=\"x;\"",
         "--x;\r\n\r\na\r\n--x;--", -1},
        {"two boundaries", "multipart/mixed;boundary=x;boundary=y", "--x\r\n\r\na\r\n--x--", -1},
        {"RFC 2046 5.1.1: no end", "multipart/mixed;boundary=x", "--x\r\n\r\na\r\n--x\r\n", -1},
        {"RFC 2046 5.1.1: no part", "multipart/mixed;boundary=x", "--x--\r\n", -1},
        {"no delimiter at all", "multipart/mixed;boundary=x", "a", -1},
        {"empty body", "multipart/mixed;boundary=x", "", -1},
        {"a line that begins with the boundary and goes on", "multipart/mixed;boundary=x",
         "--x\r\n\r\na\r\n--xy\r\n\r\nb\r\n--x--", -1},
        {"a boundary behind a bare LF", "multipart/mixed;boundary=x",
         "--x\r\n\r\na\n--x\n\nb\r\n--x--", -1},
        {"a boundary behind a bare CR", "multipart/mixed;boundary=x",
         "--x\r\n\r\na\r--x\r\n\r\nb\r\n--x--", -1},
        {"a boundary within a line is content", "multipart/mixed;boundary=x",
         "--x\r\n\r\na --x\r\n--x--", 1},
        {"RFC 2045 5.1: Content-Type twice", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: a/b\r\ncontent-type: a/c\r\n\r\na\r\n--x--", -1},
        {"RFC 2045 5.1: Content-Type that is none", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: sdp\r\n\r\na\r\n--x--", -1},
        {"Content-Type without a value", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type:\r\n\r\na\r\n--x--", -1},
        {"control byte in a field", "multipart/mixed;boundary=x",
         std::string("--x\r\nContent-ID: <a\0>\r\n\r\na\r\n--x--", 33), -1},
        {"bare LF in a field", "multipart/mixed;boundary=x",
         "--x\r\nContent-ID: <a>\nContent-Type: a/b\r\n\r\na\r\n--x--", -1},
        {"a line that is no field", "multipart/mixed;boundary=x",
         "--x\r\nplain text\r\n\r\na\r\n--x--", -1},
        {"RFC 2045 6.4: encoded multipart", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: multipart/mixed;boundary=y\r\nContent-Transfer-Encoding: base64\r\n"
         "\r\n--y\r\n\r\na\r\n--y--\r\n--x--",
         -1},
        {"RFC 1847: a signed body is not for us", "multipart/signed;boundary=x",
         "--x\r\n\r\na\r\n--x--", -1},
        {"not a multipart", "application/sdp", "v=0\r\n", -1},
    };
    for (const auto& row : cases) {
        std::string type = row.content_type;
        std::string body = row.body;
        if (type.ends_with('=')) {
            const auto& boundary = row.parts < 0 ? longer : seventy;
            type += boundary;
            body = "--" + boundary + "\r\n\r\na\r\n--" + boundary + "--";
        }
        const auto parsed = parse_multipart(type, body);
        EXPECT_EQ(parsed ? static_cast<int>(parsed->parts.size()) : -1, row.parts) << row.why;
    }
}

// Multiparts within each other, `depth` of them.
std::string nested(int depth) {
    std::string body = "v=0\r\n";
    std::string type = "application/sdp";
    for (int i = 0; i < depth; ++i) {
        const std::string boundary = "level" + std::to_string(i);
        body = "--" + boundary + "\r\nContent-Type: " + type + "\r\n\r\n" + body + "\r\n--" +
               boundary + "--\r\n";
        type = "multipart/mixed;\r\n boundary=" + boundary;
    }
    return body;
}

TEST(Multipart, DepthAndNumberAreBounded) {
    for (int depth = 1; depth <= 5; ++depth) {
        const auto body = nested(depth);
        const auto parsed =
            parse_multipart("multipart/mixed;boundary=level" + std::to_string(depth - 1), body);
        ASSERT_EQ(parsed.has_value(), depth <= 3) << depth;
        if (parsed) {
            ASSERT_NE(parsed->find_sdp(), nullptr);
            EXPECT_EQ(parsed->find_sdp()->content, "v=0\r\n");
        }
    }
    for (const int count : {64, 65}) {
        std::string body;
        for (int i = 0; i < count; ++i) body += "--cut\r\n\r\nx\r\n";
        EXPECT_EQ(parse_multipart(kMixed, body + "--cut--").has_value(), count == 64);
    }
    for (const int count : {32, 33}) {
        std::string fields;
        for (int i = 0; i < count; ++i) fields += "X-Field: 1\r\n";
        const auto body = "--cut\r\n" + fields + "\r\nx\r\n--cut--";
        EXPECT_EQ(parse_multipart(kMixed, body).has_value(), count == 32);
    }
}

struct FindCase {
    const char* why;
    const char* content_type;
    const char* body;
    const char* content;  // null: there is none
};

TEST(Multipart, WhichPartIsTheSessionDescription) {
    const std::array<FindCase, 8> cases = {{
        {"RFC 5621 section 8: the first of its disposition", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: application/sdp\r\n\r\n1\r\n--x\r\nContent-Type: "
         "application/sdp\r\n\r\n2\r\n--x--",
         "1"},
        {"RFC 2046 5.1.4: the last alternative is the best", "multipart/alternative;boundary=x",
         "--x\r\nContent-Type: application/sdp\r\n\r\n1\r\n--x\r\nContent-Type: "
         "application/sdp\r\n\r\n2\r\n--x--",
         "2"},
        {"RFC 3959: early-session is another session", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: application/sdp\r\nContent-Disposition: early-session\r\n\r\n1"
         "\r\n--x\r\nContent-Type: application/sdp\r\nContent-Disposition: "
         "SESSION;handling=required\r\n\r\n2\r\n--x--",
         "2"},
        {"RFC 2045 6.1: an encoded one cannot be read", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: "
         "base64\r\n\r\ndj0w\r\n--x--",
         nullptr},
        {"RFC 2045 6.2: binary is no encoding", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: "
         "binary\r\n\r\n1\r\n--x--",
         "1"},
        {"RFC 3261 20.12: a compressed one cannot be read", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: application/sdp\r\nContent-Encoding: gzip\r\n\r\n1\r\n--x--",
         nullptr},
        {"RFC 2387: within multipart/related", "multipart/mixed;boundary=x",
         "--x\r\nContent-Type: multipart/related;boundary=y\r\n\r\n--y\r\nContent-Type: "
         "application/sdp\r\n\r\n1\r\n--y--\r\n--x--",
         "1"},
        {"no part says it is one", "multipart/mixed;boundary=x", "--x\r\n\r\nv=0\r\n--x--",
         nullptr},
    }};
    for (const auto& row : cases) {
        const auto parsed = parse_multipart(row.content_type, row.body);
        ASSERT_TRUE(parsed) << row.why;
        const auto* sdp = parsed->find_sdp();
        ASSERT_EQ(sdp != nullptr, row.content != nullptr) << row.why;
        if (sdp != nullptr) {
            EXPECT_EQ(sdp->content, row.content) << row.why;
        }
    }
}

TEST(MultipartWriter, ReplacesOnePartAndNothingElse) {
    const auto body = gateway_body();
    const auto parsed = parse_multipart(kMixed, body);
    ASSERT_TRUE(parsed);
    const auto written =
        write_multipart(*parsed, {.replaced = parsed->find_sdp(), .content = "v=0\r\no=other\r\n"});
    auto want = body;
    want.replace(want.find("v=0\r\n"), 5, "v=0\r\no=other\r\n");
    EXPECT_EQ(written.body, want);
    EXPECT_EQ(written.content_type, kMixed);
    EXPECT_EQ(written.parts, 2U);
    EXPECT_EQ(written.dropped, 0U);
}

TEST(MultipartWriter, KeepsFoldsAndUnknownFieldsAndMendsLengths) {
    const std::string body =
        "preamble\r\n--cut\r\n"
        "Content-Type:\r\n\tmultipart/alternative;\r\n boundary=\"in ner\"\r\n"
        "Content-Length: 999\r\n"
        "\r\n"
        "hidden\r\n--in ner\r\n"
        "content-length: 3\r\n"
        "X-Mark:  kept \r\n"
        "Content-Type: application/sdp\r\n"
        "\r\n"
        "abc\r\n--in ner--\r\nhidden as well"
        "\r\n--cut--\r\nepilogue";
    const auto parsed = parse_multipart(kMixed, body);
    ASSERT_TRUE(parsed);
    const auto written =
        write_multipart(*parsed, {.replaced = parsed->find_sdp(), .content = "abcdefghijkl"});
    EXPECT_EQ(written.body,
              "--cut\r\n"
              "Content-Type:\r\n\tmultipart/alternative;\r\n boundary=\"in ner\"\r\n"
              "Content-Length: 105\r\n"
              "\r\n"
              "--in ner\r\n"
              "Content-Length: 12\r\n"
              "X-Mark:  kept \r\n"
              "Content-Type: application/sdp\r\n"
              "\r\n"
              "abcdefghijkl\r\n--in ner--\r\n"
              "\r\n--cut--\r\n");
}

TEST(MultipartWriter, KeepsOnlyWhatIsAllowed) {
    const std::string body =
        "--cut\r\nContent-Type: application/sdp\r\n\r\n1\r\n"
        "--cut\r\nContent-Type: application/pidf+xml\r\nContent-ID: <geo@a.example>\r\n\r\n2\r\n"
        "--cut\r\nContent-Type: application/sdp\r\n\r\n3\r\n"
        "--cut\r\nContent-Type: multipart/mixed;boundary=y\r\n\r\n--y\r\n\r\n4\r\n--y--\r\n"
        "--cut\r\nContent-Type: Image/PNG\r\n\r\n5\r\n"
        "--cut--";
    const auto parsed = parse_multipart(kMixed, body);
    ASSERT_TRUE(parsed);
    struct Row {
        const char* why;
        bool replace;
        std::vector<std::string_view> allowed;
        std::size_t parts;
        std::size_t dropped;
        std::string_view kept;
    };
    const std::vector<Row> rows = {
        {"the replaced part stays, other descriptions go", true, {}, 1, 4, "1"},
        {"by type", true, {"application/pidf+xml"}, 2, 3, "12"},
        {"by type and any subtype", false, {"image/*", "APPLICATION/SDP"}, 3, 2, "135"},
        {"text/plain is the default", false, {"text/plain"}, 1, 4, "4"},
        {"nothing is left", false, {"audio/*"}, 0, 5, ""},
    };
    for (const auto& row : rows) {
        MultipartEdit edit;
        edit.filter = true;
        edit.allowed = row.allowed;
        if (row.replace) {
            edit.replaced = parsed->find_sdp();
            edit.content = "1";
        }
        const auto written = write_multipart(*parsed, edit);
        EXPECT_EQ(written.parts, row.parts) << row.why;
        EXPECT_EQ(written.dropped, row.dropped) << row.why;
        EXPECT_EQ(written.body.empty(), row.parts == 0) << row.why;
        std::string kept;
        for (const char c : {'1', '2', '3', '4', '5'}) {
            if (written.body.find(std::string("\r\n\r\n") + c) != std::string::npos) kept += c;
        }
        EXPECT_EQ(kept, row.kept) << row.why;
        if (row.parts > 0) {
            EXPECT_TRUE(parse_multipart(written.content_type, written.body)) << row.why;
        }
    }
}

// RFC 2046 section 5.1.1: a boundary must not occur in any of the parts.
TEST(MultipartWriter, BoundaryThatOccursInNewContentIsReplaced) {
    const std::string body =
        "--cut\r\nContent-Type: multipart/related;type=\"a/b\";boundary=in\r\n\r\n"
        "--in\r\nContent-Type: application/sdp\r\n\r\nx\r\n--in--\r\n--cut--";
    const auto parsed = parse_multipart("multipart/mixed; boundary=\"cut\"; x=1", body);
    ASSERT_TRUE(parsed);
    for (const std::string_view content :
         {"v=0\r\n--in\r\n", "v=0\n--cut--", "--cut", "a\r--in--\r\n--cut\r\n\r\nb"}) {
        const auto written =
            write_multipart(*parsed, {.replaced = parsed->find_sdp(), .content = content});
        const auto again = parse_multipart(written.content_type, written.body);
        ASSERT_TRUE(again) << content;
        ASSERT_NE(again->find_sdp(), nullptr);
        EXPECT_EQ(again->find_sdp()->content, content);
        EXPECT_EQ(again->parts.size(), 1U);
    }
    const auto written =
        write_multipart(*parsed, {.replaced = parsed->find_sdp(), .content = "--cut"});
    EXPECT_TRUE(written.content_type.starts_with("multipart/mixed;x=1;boundary=part-"));
}

}  // namespace
}  // namespace portcullis::sip
