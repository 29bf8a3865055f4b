// SPDX-License-Identifier: BSD-2-Clause
// Hostile HTTP on raw sockets: threats section 3, items 73 to 75.
#include <algorithm>

#include "tests/unit/mgmt/api_fixture.hpp"

namespace portcullis::mgmt {
namespace {

using portcullis::testing::RawConnection;
using portcullis::testing::status_of;
using std::chrono::milliseconds;
using std::chrono::seconds;

class HostileHttp : public ApiTest {
 protected:
    // Sends the bytes, "@" standing for a good Authorization field, and takes the status.
    int answer(std::string bytes) {
        const std::string credentials = "Authorization: Bearer " + token_ + "\r\n";
        if (const auto at = bytes.find('@'); at != std::string::npos) {
            bytes.replace(at, 1, credentials);
        }
        RawConnection connection(port_);
        connection.send(bytes);
        return status_of(connection.receive(seconds{10}));
    }
    [[nodiscard]] bool alive() { return get("/api/v1/system/health/live").status == 200; }
};

struct Case {
    const char* name;
    std::string bytes;
    int want;
};

class HostileRequest : public HostileHttp, public ::testing::WithParamInterface<Case> {};

TEST_P(HostileRequest, IsRefusedAndClosed) {
    start();
    EXPECT_EQ(answer(GetParam().bytes), GetParam().want);
    EXPECT_TRUE(alive());
}

std::string fields(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += "X-" + std::to_string(i) + ": y\r\n";
    return out;
}

INSTANTIATE_TEST_SUITE_P(
    Framing, HostileRequest,
    ::testing::Values(
        // RFC 9112 section 6.1: both lengths is an attempt at request smuggling.
        Case{"LengthAndChunked",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\n"
             "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / "
             "HTTP/1.1\r\n\r\n",
             400},
        Case{"ChunkedAndLength",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\n"
             "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
             400},
        Case{"TwoLengths",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Length: 2\r\nContent-Length: 3\r\n"
             "\r\n{}",
             400},
        Case{"TwoEqualLengths",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Length: 2\r\nContent-Length: 2\r\n"
             "\r\n{}",
             400},
        Case{"LengthList",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Length: 2, 2\r\n\r\n{}", 400},
        Case{"NegativeLength",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Length: -1\r\n\r\n", 400},
        Case{"WrappedLength",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Length: "
             "18446744073709551617\r\n\r\n",
             400},
        Case{"HexLength",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Length: 0x2\r\n\r\n{}", 400},
        Case{"UnknownCoding",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Transfer-Encoding: gzip, chunked\r\n\r\n",
             501},
        Case{"BadChunk",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\n"
             "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
             400},
        Case{"SpaceBeforeColon", "GET /api/v1/config HTTP/1.1\r\nHost: x\r\n@X-A : y\r\n\r\n", 400},
        Case{"NoHost", "GET /api/v1/config HTTP/1.1\r\n@\r\n", 400},
        Case{"TwoHosts", "GET /api/v1/config HTTP/1.1\r\nHost: x\r\nHost: y\r\n@\r\n", 400},
        Case{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        Case{"Http09", "GET /\r\n\r\n", 400}, Case{"Garbage", "\x16\x03\x01\x02\x00\r\n\r\n", 400},
        Case{"NulInTarget", "GET /a" + std::string(1, '\0') + "b HTTP/1.1\r\nHost: x\r\n@\r\n",
             400},
        Case{"ControlInField", "GET / HTTP/1.1\r\nHost: x\r\nX: a\x01\r\n\r\n", 400}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Limits, HostileRequest,
    ::testing::Values(
        Case{"OneHugeField",
             "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(1U << 20, 'a') + "\r\n\r\n", 431},
        Case{"ManyFields", "GET / HTTP/1.1\r\nHost: x\r\n" + fields(5000) + "\r\n", 431},
        Case{"HugeTarget", "GET /" + std::string(1U << 20, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n",
             431},
        Case{"DeclaredTooLong",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\n"
             "Content-Length: 33554432\r\n\r\n{",
             413},
        Case{"ChunkedTooLong",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\n@Content-Type: application/json\r\n"
             "Transfer-Encoding: chunked\r\n\r\n2000000\r\n" +
                 std::string(9U << 20, ' '),
             413},
        // Without a token nothing of the body is waited for.
        Case{"StrangerWithABody",
             "PUT /api/v1/config HTTP/1.1\r\nHost: x\r\nContent-Length: 33554432\r\n\r\n{", 401}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Paths, HostileRequest,
    ::testing::Values(
        Case{"Traversal", "GET /../../etc/passwd HTTP/1.0\r\n@\r\n", 404},
        Case{"EncodedTraversal", "GET /api/v1/%2e%2e/%2e%2e/etc/passwd HTTP/1.0\r\n@\r\n", 404},
        Case{"EncodedNul", "GET /api/v1/trunks/a%00b HTTP/1.0\r\n@\r\n", 400},
        Case{"Overlong", "GET /%c0%ae%c0%ae/ HTTP/1.0\r\n@\r\n", 400},
        Case{"Asterisk", "OPTIONS * HTTP/1.0\r\n@\r\n", 400},
        Case{"Connect", "CONNECT a:1 HTTP/1.0\r\n@\r\n", 501},
        Case{"Trace", "TRACE /api/v1/config HTTP/1.0\r\n@\r\n", 405},
        Case{"MadeUpMethod", "FROBNICATE / HTTP/1.0\r\n@\r\n", 501},
        Case{"OverrideHeader",
             "GET /api/v1/config HTTP/1.0\r\nX-Original-URL: /api/v1/system/health/live\r\n"
             "X-HTTP-Method-Override: GET\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n",
             401},
        Case{"CommentOfBytes",
             "PUT /api/v1/config HTTP/1.0\r\n@Portcullis-Comment: \xff\xfe\r\n"
             "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
             400}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(HostileHttp, DeepJsonIsRefusedQuickly) {
    start();
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(HttpClient(port_, token_)
                  .request("PUT", "/api/v1/config", std::string(100'000, '['))
                  .status,
              400);
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds{5});
    EXPECT_TRUE(alive());
}

TEST_F(HostileHttp, ManyRowsAreAnsweredNotDiedOf) {
    start();
    std::string body = R"({"realms":[)";
    while (body.size() < (1U << 20)) body += R"({"name":"A"},)";
    body += "1]}";
    EXPECT_EQ(HttpClient(port_, token_).request("PUT", "/api/v1/config", body).status, 422);
    EXPECT_TRUE(alive());
}

TEST_F(HostileHttp, KeepsAliveAndAnswersInOrder) {
    start();
    RawConnection connection(port_);
    const std::string live = "GET /api/v1/system/health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string ready = "GET /api/v1/system/health/ready HTTP/1.1\r\nHost: x\r\n\r\n";
    connection.send(live + ready + live);  // RFC 9112 section 9.3.2: pipelining
    std::string all;
    while (std::ranges::count(all, '{') < 3) {
        const auto part = connection.receive_answer(seconds{10});
        ASSERT_FALSE(part.empty());
        all += part;
    }
    EXPECT_LT(all.find("\"live\""), all.find("not ready"));
    EXPECT_LT(all.find("not ready"), all.rfind("\"live\""));
}

TEST_F(HostileHttp, RequestsSplitAnywhereAreWhole) {
    start();
    const std::string bytes = "GET /api/v1/config HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                              token_ + "\r\nConnection: close\r\n\r\n";
    RawConnection connection(port_);
    for (const char c : bytes) ASSERT_TRUE(connection.send(std::string_view(&c, 1)));
    EXPECT_EQ(status_of(connection.receive(seconds{10})), 200);
}

TEST_F(HostileHttp, ExpectationsAreMet) {
    start();
    RawConnection connection(port_);
    connection.send("PUT /api/v1/config HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_ +
                    "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
                    "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(status_of(connection.receive_answer(seconds{10})), 100);
    connection.send("{}");
    EXPECT_EQ(status_of(connection.receive_answer(seconds{10})), 200);
}

TEST_F(HostileHttp, ConnectionServesABoundedNumberOfRequests) {
    options_.limits.requests_per_connection = 3;
    start();
    RawConnection connection(port_);
    for (int i = 0; i < 3; ++i) {
        connection.send("GET /api/v1/system/health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        const auto reply = connection.receive_answer(seconds{10});
        EXPECT_EQ(status_of(reply), 200);
        EXPECT_EQ(reply.find("Connection: close") != std::string::npos, i == 2);
    }
    EXPECT_TRUE(connection.closes_within(seconds{10}));
}

// Item 75: the patience is 20 s in service; here it is short, so that the test is.
TEST_F(HostileHttp, SlowClientsAreCut) {
    options_.limits.patience = milliseconds{400};
    start();
    RawConnection silent(port_);
    RawConnection header(port_);
    header.send("GET /api/v1/config HT");
    RawConnection body(port_);
    body.send("PUT /api/v1/config HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_ +
              "\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
    RawConnection between(port_);
    between.send("GET /api/v1/system/health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(silent.closes_within(seconds{10}));
    EXPECT_TRUE(header.closes_within(seconds{10}));
    EXPECT_TRUE(body.closes_within(seconds{10}));
    EXPECT_TRUE(between.closes_within(seconds{10}));
}

// A trickle does not buy time: the deadline is for the whole request.
TEST_F(HostileHttp, TricklingIsNoWayOut) {
    options_.limits.patience = milliseconds{400};
    start();
    RawConnection connection(port_);
    bool open = true;
    const auto deadline = std::chrono::steady_clock::now() + seconds{10};
    while (open && std::chrono::steady_clock::now() < deadline) {
        open = connection.send("X") && !connection.closes_within(milliseconds{50});
    }
    EXPECT_FALSE(open);
}

TEST_F(HostileHttp, IdleCrowdKeepsNobodyOut) {
    options_.limits.connections = 40;
    start();
    std::vector<std::unique_ptr<RawConnection>> crowd;
    for (int i = 0; i < 300; ++i) {
        crowd.push_back(std::make_unique<RawConnection>(port_));
        if (i % 2 == 0) crowd.back()->send("GET / HTTP/1.1\r\nHos");
        if (i % 50 == 0) {
            EXPECT_EQ(get("/api/v1/config").status, 200) << i;
        }
    }
    EXPECT_EQ(get("/api/v1/config").status, 200);
}

TEST_F(HostileHttp, FullHouseOfBusyOnesSaysSo) {
    options_.limits.connections = 2;
    signaling_.set_answer("calls?limit=100",
                          {.status = 0, .content_type = {}, .body = {}});  // never answers
    signaling_.start();
    start();
    ASSERT_TRUE(
        wait_status("signaling", [](const Json& entry) { return entry["connected"] == true; }));
    const std::string slow =
        "GET /api/v1/calls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_ + "\r\n\r\n";
    RawConnection first(port_);
    first.send(slow);
    RawConnection second(port_);
    second.send(slow);
    const auto asked = [this] {
        const auto log = signaling_.log();
        return std::ranges::count(log, "GET calls?limit=100");
    };
    const auto deadline = std::chrono::steady_clock::now() + seconds{10};
    while (asked() < 2 && std::chrono::steady_clock::now() < deadline) {
    }
    RawConnection third(port_);
    EXPECT_EQ(status_of(third.receive(seconds{10})), 503);
}

TEST_F(HostileHttp, HangingUpEarlyHarmsNobody) {
    signaling_.set_answer("calls?limit=100", {.status = 0, .content_type = {}, .body = {}});
    signaling_.start();
    start();
    ASSERT_TRUE(
        wait_status("signaling", [](const Json& entry) { return entry["connected"] == true; }));
    for (int i = 0; i < 20; ++i) {
        RawConnection connection(port_);
        connection.send("GET /api/v1/calls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token_ +
                        "\r\n\r\n");
    }
    EXPECT_TRUE(alive());
    // And stopping while questions are open ends cleanly.
    stop();
}

}  // namespace
}  // namespace portcullis::mgmt
