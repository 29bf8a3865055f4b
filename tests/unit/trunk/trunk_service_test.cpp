// SPDX-License-Identifier: BSD-2-Clause
// The service over real transactions and a transport that records: what goes on the wire, and what
// the shards are told.
#include "signaling/trunk/trunk_service.hpp"

#include <gtest/gtest.h>

#include <set>

#include "policy/compile.hpp"
#include "policy/config/reader.hpp"
#include "signaling/sip/builder.hpp"
#include "signaling/transaction/transaction_layer.hpp"
#include "tests/support/fake_clock.hpp"

namespace portcullis::trunk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Sent {
    transport::Destination to;
    sip::MessagePtr message;
    TimePoint at;
};

class Wire final : public transport::Transport {
 public:
    explicit Wire(const Clock& clock) : clock_(clock) {}
    transport::FlowId send(const transport::Destination& to, sip::MessagePtr message,
                           transport::SendHandler) override {
        sent.push_back({to, std::move(message), clock_.now()});
        return {};
    }
    std::vector<Sent> sent;

 private:
    const Clock& clock_;
};

class Names final : public locate::Locator {
 public:
    void locate(const locate::Where& where, locate::LocateHandler handler) override {
        asked.push_back(where);
        waiting.push_back(std::move(handler));
    }
    void answer(const Result<locate::Answer>& answer) {
        for (const auto& handler : std::exchange(waiting, {})) handler(answer);
    }
    std::vector<locate::Where> asked;
    std::vector<locate::LocateHandler> waiting;
};

// The user above the layer: the core's part in this.
class User final : public transaction::TransactionUser {
 public:
    transaction::Verdict screen(const sip::Message&, const transport::Source&) override {
        return transaction::Verdict::ignore();
    }
    void on_request(transaction::ServerId, sip::MessagePtr, const transport::Source&) override {}
    bool on_ack(sip::MessagePtr, const transport::Source&) override { return true; }
    transaction::Verdict judge_cancel(transaction::ServerId, const sip::Message&,
                                      const transport::Source&) override {
        return {};
    }
    void on_cancel(transaction::ServerId, transaction::ServerId, sip::MessagePtr,
                   const transport::Source&) override {}
    void on_response(transaction::ClientId id, sip::MessagePtr response,
                     const transport::Source&) override {
        ASSERT_TRUE(service->owns(id));
        service->on_response(id, response);
    }
    void on_stray_response(sip::MessagePtr, const transport::Source&) override {}
    void on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) override {
        ASSERT_TRUE(service->owns(id));
        service->on_client_failure(id, failure);
    }
    void on_server_timeout(transaction::ServerId) override {}
    void on_missing_ack(transaction::ServerId) override {}
    void on_server_transport_error(transaction::ServerId) override {}
    void on_client_terminated(transaction::ClientId id) override {
        ASSERT_TRUE(service->owns(id));
        service->on_client_terminated(id);
        EXPECT_FALSE(service->owns(id));
    }
    void on_server_terminated(transaction::ServerId) override {}

    TrunkService* service = nullptr;
};

std::string trunk_json(const std::string& name, const std::string& gateways,
                       const std::string& more) {
    return R"({"name":")" + name + R"(","realm":"peer","gateways":[)" + gateways + "]" +
           (more.empty() ? "" : "," + more) + "}";
}

std::string gateway_json(const std::string& name, const std::string& uri) {
    return R"({"name":")" + name + R"(","uri":")" + uri + R"("})";
}

class Service : public ::testing::Test {
 protected:
    Service() { user_.service = &service_; }

    void configure(const std::string& trunks) {
        const auto document = config::load_document(
            R"({"realms":[{"name":"peer","domain":"sbc.example.com"}],
                "sip_interfaces":[{"name":"peer-v4","realm":"peer","address":"198.18.1.1"}],
                "media_interfaces":[{"name":"peer","device":"peer0"}],
                "media_pools":[{"name":"peer-v4","realm":"peer","interface":"peer",
                                "address":"198.18.1.1","port_min":20000,"port_max":20999}],
                "trunks":[)" +
            trunks + "]}");
        ASSERT_TRUE(document) << document.error().front().pointer << " "
                              << document.error().front().message;
        auto policy = policy::compile(*document);
        ASSERT_TRUE(policy);
        service_.configure(*policy);
    }
    void run(Duration span) {
        const auto end = clock_.now() + span;
        while (clock_.now() < end) {
            clock_.advance(milliseconds(10));
            wheel_.advance(clock_.now());
        }
    }
    // Requests of that method towards `remote` since the last take, without retransmissions.
    std::vector<sip::MessagePtr> take(sip::Method method, const std::string& remote = {}) {
        std::vector<sip::MessagePtr> out;
        for (auto& one : std::exchange(wire_.sent, {})) {
            if (one.message->method() != method) continue;
            if (!remote.empty() && one.to.remote.text() != remote) continue;
            if (!seen_.insert(std::string(one.message->essentials().top_via.branch)).second) {
                continue;
            }
            out.push_back(std::move(one.message));
        }
        return out;
    }
    void respond(const sip::MessagePtr& request, int code, const std::string& name = {},
                 const std::string& value = {}) {
        auto builder =
            sip::MessageBuilder::response(*request, code, {}, {.to_tag = "t", .source = {}});
        if (!name.empty()) builder.add(name, value);
        transport::Source source;
        source.interface = "peer-v4";
        layer_.on_message(builder.finish(), source);
    }
    // Answers every OPTIONS that comes within `span` with `code`; how many came.
    std::size_t answer_options(Duration span, int code, const std::string& remote = {}) {
        std::size_t n = 0;
        const auto end = clock_.now() + span;
        while (clock_.now() < end) {
            run(milliseconds(10));
            for (const auto& request : take(sip::Method::Options, remote)) {
                respond(request, code);
                ++n;
            }
        }
        return n;
    }
    Health health(const std::string& gateway = "gw1") {
        return told_ ? told_->find("carrier")->find(gateway)->health() : Health::Unknown;
    }

    testing::FakeClock clock_;
    shard::TimerWheel wheel_{clock_.now()};
    Wire wire_{clock_};
    Names names_;
    User user_;
    transaction::TransactionLayer layer_{clock_, wheel_, wire_, {}, {}, user_};
    TrunkStatesPtr told_;
    int tellings_ = 0;
    TrunkService service_{{.clock = clock_,
                           .wheel = wheel_,
                           .transactions = layer_,
                           .locator = names_,
                           .slot = shard::Slot{0},
                           .publish = [this](TrunkStatesPtr states) {
                               told_ = std::move(states);
                               ++tellings_;
                           }}};
    std::set<std::string> seen_;
};

const std::string kGateway = gateway_json("gw1", "sip:198.18.1.2:5060");
const std::string kWatched = R"("health":{"enabled":true,"interval_s":10,"timeout_s":2,
    "from_user":"monitor","to_user":"ping"})";

TEST_F(Service, AsksByOptions) {
    configure(trunk_json("carrier", kGateway, kWatched));
    run(seconds(1));
    const auto requests = take(sip::Method::Options);
    ASSERT_EQ(requests.size(), 1U);
    const auto& request = *requests[0];
    EXPECT_EQ(request.request_uri_text(), "sip:ping@198.18.1.2:5060");
    EXPECT_EQ(request.essentials().from.uri_text, "sip:monitor@sbc.example.com");
    EXPECT_EQ(request.essentials().to.uri_text, "sip:ping@198.18.1.2");
    EXPECT_EQ(*request.header(sip::HeaderId::Contact), "<sip:monitor@198.18.1.1:5060>");
    EXPECT_EQ(request.essentials().max_forwards, 70U);
    respond(requests[0], 200);
    run(milliseconds(20));
    EXPECT_EQ(health(), Health::Up);
    const auto states = service_.states();
    const auto& address = states->find("carrier")->gateways[0].addresses[0];
    EXPECT_EQ(address.probes, 1U);
    EXPECT_EQ(address.failed_probes, 0U);
    EXPECT_TRUE(address.round_trip);
}

TEST_F(Service, SilenceTakesAGatewayDownAndAnAnswerBringsItBack) {
    configure(trunk_json("carrier", kGateway, kWatched));
    answer_options(seconds(5), 200);
    EXPECT_EQ(health(), Health::Up);
    run(seconds(30));  // interval 10 s, then three times 2 s, two pauses of 2.5 s
    EXPECT_EQ(health(), Health::Down);
    EXPECT_GE(service_.states()->find("carrier")->gateways[0].addresses[0].failed_probes, 3U);
    EXPECT_FALSE(told_->usable("carrier", "gw1", clock_.now()).usable);
    (void)take(sip::Method::Options);
    answer_options(seconds(30), 404);
    EXPECT_EQ(health(), Health::Up);
}

// A response that comes after its probe was given up says nothing, and is nobody else's.
TEST_F(Service, ALateAnswerIsDropped) {
    configure(trunk_json("carrier", kGateway, kWatched));
    run(milliseconds(200));
    const auto requests = take(sip::Method::Options);
    ASSERT_EQ(requests.size(), 1U);
    run(milliseconds(2500));
    respond(requests[0], 200);
    run(milliseconds(20));
    EXPECT_EQ(health(), Health::Unknown);
}

TEST_F(Service, ReportsOfCallsCount) {
    configure(trunk_json("carrier", kGateway, kWatched));
    answer_options(seconds(2), 200);
    const Report silent{.trunk = "carrier",
                        .gateway = "gw1",
                        .remote = *Endpoint::parse("198.18.1.2:5060"),
                        .sighting = Sighting::Silent};
    for (int i = 0; i < 3; ++i) service_.report(silent);
    run(milliseconds(20));
    EXPECT_EQ(health(), Health::Down);
    auto unknown = silent;
    unknown.trunk = "nobody";
    service_.report(unknown);
}

// 1,000 gateways do not ask in one moment, neither at the start nor later.
TEST_F(Service, ManyGatewaysAreSpread) {
    std::string trunks;
    for (int i = 0; i < 1000; ++i) {
        const auto uri =
            "sip:198.18." + std::to_string(10 + i / 250) + "." + std::to_string(1 + i % 250);
        trunks += (i == 0 ? "" : ",") + trunk_json("t" + std::to_string(i), gateway_json("g", uri),
                                                   R"("health":{"enabled":true,"interval_s":30})");
    }
    configure(trunks);
    std::size_t most = 0;
    std::size_t all = 0;
    for (int i = 0; i < 900; ++i) {  // 90 s in steps of 100 ms
        const auto n = answer_options(milliseconds(100), 200);
        most = std::max(most, n);
        all += n;
    }
    EXPECT_GE(all, 2500U);
    EXPECT_LE(all, 3200U);
    EXPECT_LE(most, 20U);  // 3.3 on average
}

TEST_F(Service, OnlyWhatChangedBeginsAnew) {
    const auto second = gateway_json("gw2", "sip:198.18.1.3:5060");
    configure(trunk_json("carrier", kGateway + "," + second, kWatched));
    answer_options(seconds(2), 200);
    EXPECT_EQ(health("gw1"), Health::Up);
    EXPECT_EQ(health("gw2"), Health::Up);
    configure(trunk_json("carrier",
                         kGateway + "," + gateway_json("gw2", "sip:198.18.1.4:5060") + "," +
                             gateway_json("gw3", "sip:198.18.1.3:5060"),
                         kWatched));
    run(milliseconds(20));
    EXPECT_EQ(health("gw1"), Health::Up);
    EXPECT_EQ(health("gw2"), Health::Unknown);
    EXPECT_EQ(health("gw3"), Health::Unknown);
    configure(trunk_json("carrier", kGateway, R"("health":{"enabled":false})"));
    (void)take(sip::Method::Options);
    run(seconds(60));
    EXPECT_TRUE(take(sip::Method::Options).empty());
    EXPECT_EQ(health("gw1"), Health::Unknown);
    configure("");
    run(milliseconds(20));
    EXPECT_TRUE(told_->trunks().empty());
    run(seconds(70));
    EXPECT_EQ(layer_.table_size(), 0U);
    EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(Service, NamedGatewaysAreLocatedAndEachAddressIsWatched) {
    configure(trunk_json("carrier", gateway_json("gw1", "sip:gw.example.com"), kWatched));
    ASSERT_EQ(names_.asked.size(), 1U);
    EXPECT_EQ(names_.asked[0],
              (locate::Where{.host = "gw.example.com", .port = {}, .transport = {}}));
    const locate::Located a{.remote = *Endpoint::parse("198.18.1.2:5060")};
    const locate::Located b{.remote = *Endpoint::parse("198.18.1.3:5060")};
    const locate::Located c{.remote = *Endpoint::parse("198.18.1.4:5060")};
    names_.answer(locate::Answer{.servers = {a, b}, .fresh_until = clock_.now() + seconds(20)});
    std::size_t second = 0;
    for (int i = 0; i < 15; ++i) {
        answer_options(seconds(1), 200, "198.18.1.2:5060");
        second = service_.states()->find("carrier")->gateways[0].addresses[1].failed_probes;
    }
    EXPECT_GE(second, 3U);
    EXPECT_EQ(health(), Health::Up);
    EXPECT_FALSE(told_->usable("carrier", "gw1", b.remote, clock_.now()).usable);
    EXPECT_EQ(told_->resolved()->at(a.remote.address).size(), 1U);
    // Later there is another one, and the first keeps what is known of it.
    run(seconds(10));
    ASSERT_EQ(names_.asked.size(), 2U);
    names_.answer(locate::Answer{.servers = {c, a}, .fresh_until = clock_.now() + seconds(20)});
    run(milliseconds(20));
    const auto& now = told_->find("carrier")->gateways[0];
    EXPECT_EQ(now.find(b.remote), nullptr);
    ASSERT_NE(now.find(c.remote), nullptr);
    EXPECT_EQ(now.find(c.remote)->health, Health::Unknown);
    // A resolver that fails takes nothing away.
    run(seconds(21));
    ASSERT_EQ(names_.asked.size(), 3U);
    names_.answer(fail(std::make_error_code(std::errc::timed_out), "gw.example.com"));
    EXPECT_EQ(service_.states()->find("carrier")->gateways[0].addresses.size(), 2U);
    configure("");
    names_.answer(locate::Answer{.servers = {a}, .fresh_until = {}});
}

const std::string kAccount = R"("authentication":{"username":"4930","password":"secret"})";

std::string registering(const std::string& more = {}) {
    return R"("registration":{"enabled":true,"expires_s":600)" + more + "}," + kAccount;
}

TEST_F(Service, Registers) {
    configure(trunk_json("carrier", kGateway, registering()));
    run(milliseconds(200));
    auto requests = take(sip::Method::Register);
    ASSERT_EQ(requests.size(), 1U);
    const auto first = requests[0];
    EXPECT_EQ(first->request_uri_text(), "sip:198.18.1.2");
    EXPECT_EQ(first->essentials().to.uri_text, "sip:4930@198.18.1.2");
    EXPECT_EQ(first->essentials().from.uri_text, "sip:4930@198.18.1.2");
    EXPECT_EQ(*first->header(sip::HeaderId::Contact), "<sip:4930@198.18.1.1:5060>;expires=600");
    EXPECT_FALSE(first->has(sip::HeaderId::Authorization));
    EXPECT_FALSE(first->has(sip::HeaderId::Route));
    respond(first, 401, "WWW-Authenticate",
            R"(Digest realm="carrier", nonce="n", algorithm=SHA-256, qop="auth")");
    requests = take(sip::Method::Register);
    ASSERT_EQ(requests.size(), 1U);
    const auto& second = *requests[0];
    EXPECT_EQ(second.essentials().call_id, first->essentials().call_id);
    EXPECT_EQ(second.essentials().from_tag, first->essentials().from_tag);
    EXPECT_EQ(second.essentials().cseq.number, 2U);
    EXPECT_NE(second.header(sip::HeaderId::Authorization)->find("uri=\"sip:198.18.1.2\""),
              std::string_view::npos);
    EXPECT_EQ(second.bytes().find("secret"), std::string_view::npos);
    respond(requests[0], 200, "Contact", "<sip:4930@198.18.1.1:5060>;expires=300");
    run(milliseconds(20));
    const auto& state = *told_->find("carrier")->registration;
    EXPECT_TRUE(state.registered);
    EXPECT_EQ(std::chrono::round<seconds>(*state.until - clock_.wall_now()), seconds(300));
    // Renewed in time, by the same Call-ID.
    run(seconds(245));
    requests = take(sip::Method::Register);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0]->essentials().call_id, first->essentials().call_id);
    EXPECT_EQ(requests[0]->essentials().cseq.number, 3U);
    EXPECT_TRUE(requests[0]->has(sip::HeaderId::Authorization));
}

// RFC 6140 section 5.2, RFC 3261 section 8.1.2.
TEST_F(Service, RegistersManyNumbersByWayOfAProxy) {
    configure(trunk_json("carrier", kGateway,
                         registering(R"(,"gin":true,"registrar":"sip:carrier.example.com","aor":
                       "sip:pbx@carrier.example.com","outbound_proxy":"sip:198.18.1.9:5070")")));
    run(milliseconds(200));
    const auto requests = take(sip::Method::Register, "198.18.1.9:5070");
    ASSERT_EQ(requests.size(), 1U);
    const auto& request = *requests[0];
    EXPECT_EQ(request.request_uri_text(), "sip:carrier.example.com");
    EXPECT_EQ(*request.header(sip::HeaderId::Route), "<sip:198.18.1.9:5070;lr>");
    EXPECT_EQ(*request.header(sip::HeaderId::Contact), "<sip:198.18.1.1:5060;bnc>;expires=600");
    EXPECT_EQ(*request.header(sip::HeaderId::Require), "gin");
    EXPECT_EQ(*request.header(sip::HeaderId::ProxyRequire), "gin");
    EXPECT_EQ(*request.header(sip::HeaderId::Supported), "path");
    EXPECT_EQ(request.essentials().to.uri_text, "sip:pbx@carrier.example.com");
}

TEST_F(Service, UnregistersWhatIsRemovedOrBecomesAnother) {
    const auto begin = [this](const std::string& more) {
        configure(trunk_json("carrier", kGateway, registering(more)));
        run(milliseconds(200));
        const auto requests = take(sip::Method::Register);
        const auto contact = std::string(*requests.back()->header(sip::HeaderId::Contact));
        for (const auto& request : requests) respond(request, 200, "Contact", contact);
        return requests;
    };
    EXPECT_EQ(begin("").size(), 1U);
    // Other times or another password are the same registration.
    configure(trunk_json("carrier", kGateway, registering(R"(,"retry_min_s":60)")));
    run(milliseconds(200));
    EXPECT_TRUE(take(sip::Method::Register).empty());
    // Another contact is another one: the old one goes.
    const auto both = begin(R"(,"contact_user":"other")");
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(*both[0]->header(sip::HeaderId::Contact), "<sip:4930@198.18.1.1:5060>;expires=0");
    EXPECT_EQ(*both[0]->header(sip::HeaderId::Expires), "0");
    EXPECT_EQ(*both[1]->header(sip::HeaderId::Contact), "<sip:other@198.18.1.1:5060>;expires=600");
    configure("");
    const auto last = take(sip::Method::Register);
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(*last[0]->header(sip::HeaderId::Expires), "0");
    respond(last[0], 200);
    run(seconds(70));
    EXPECT_EQ(layer_.table_size(), 0U);
    EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(Service, StopsWhenAllHaveAnsweredOrTheTimeIsUp) {
    const auto one = trunk_json("a", gateway_json("g", "sip:198.18.1.2"), registering());
    const auto two = trunk_json("b", gateway_json("g", "sip:198.18.1.3"), registering());
    configure(one + "," + two);
    run(seconds(1));
    for (const auto& request : take(sip::Method::Register)) respond(request, 200);
    bool stopped = false;
    service_.stop(seconds(2), [&stopped] { stopped = true; });
    const auto last = take(sip::Method::Register);
    ASSERT_EQ(last.size(), 2U);
    respond(last[0], 200);
    EXPECT_FALSE(stopped);
    run(milliseconds(1900));
    EXPECT_FALSE(stopped);
    run(milliseconds(200));
    EXPECT_TRUE(stopped);
    run(seconds(70));
    EXPECT_EQ(wheel_.size(), 0U);
}

TEST_F(Service, StopsAtOnceWithoutRegistrations) {
    configure(trunk_json("carrier", kGateway, kWatched));
    run(seconds(1));
    bool stopped = false;
    service_.stop(seconds(2), [&stopped] { stopped = true; });
    EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace portcullis::trunk
