// SPDX-License-Identifier: BSD-2-Clause
// Name servers that are dead, slow or hostile; and ends with look-ups under way.
#include "tests/unit/locate/engine_fixture.hpp"
#include "tests/unit/locate/wire.hpp"

namespace portcullis::locate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string silence(const std::string&) { return {}; }

TEST_F(EngineTest, DeadServersEndALookUp) {
    const UdpServer dead(silence);
    start({dead.endpoint()});
    EXPECT_EQ(locate(at("a.example.test")), "no name server answered");
    EXPECT_EQ(dead.received(), 1);
    EXPECT_EQ(locate(at("a.example.test")), "no name server answered");
    EXPECT_EQ(dead.received(), 1) << "the failure is known for 5 s";
    // NAPTR, SRV and addresses in turn would be three times the wait.
    EXPECT_EQ(locate({"b.example.test", {}, {}, false}), "no name server answered");
    EXPECT_EQ(dead.received(), 2);
    EXPECT_EQ(engine_->counters().timeouts, 2U);
}

TEST_F(EngineTest, ADeadNameHoldsNoOtherNameUp) {
    const NameServer real("host-record=a.example.test,192.0.2.1\n");
    const UdpServer half([&](const std::string& query) {
        return query.find("slow") != std::string::npos
                   ? std::string()
                   : ask_over_udp(real.endpoint().port, query, seconds(1));
    });
    start({half.endpoint()});
    int slow = 0;
    for (int i = 0; i < 50; ++i) {
        locator_->locate(at("slow" + std::to_string(i) + ".example.test"),
                         [&](const Result<Answer>&) { ++slow; });
    }
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    EXPECT_EQ(slow, 0);
    EXPECT_TRUE(tasks_.run_until([&] { return slow == 50; }));
}

TEST_F(EngineTest, SlowServersAreWaitedFor) {
    const NameServer real("host-record=a.example.test,192.0.2.1\n");
    const UdpServer slow([&](const std::string& query) {
        std::this_thread::sleep_for(milliseconds(80));
        return ask_over_udp(real.endpoint().port, query, seconds(1));
    });
    start({slow.endpoint()});
    int answers = 0;
    for (int i = 0; i < 100; ++i) {
        locator_->locate(at("a.example.test"), [&](const Result<Answer>& answer) {
            EXPECT_EQ(text(answer), "udp 192.0.2.1:5060");
            ++answers;
        });
    }
    EXPECT_EQ(answers, 0) << "locate() does not wait";
    EXPECT_TRUE(tasks_.run_until([&] { return answers == 100; }));
    EXPECT_EQ(slow.received(), 1) << "one question for a hundred calls";
    EXPECT_EQ(locator_->counters().coalesced, 99U);
}

TEST_F(EngineTest, ShardsShareTheEngine) {
    const NameServer real("host-record=a.example.test,192.0.2.1\n");
    const UdpServer slow([&](const std::string& query) {
        std::this_thread::sleep_for(milliseconds(50));
        return ask_over_udp(real.endpoint().port, query, seconds(1));
    });
    start({slow.endpoint()});
    ShardLocator other(*engine_, clock_, first_of_all(), tasks_.poster());
    other.configure(settings_);
    int answers = 0;
    const auto count = [&](const Result<Answer>& answer) { answers += answer ? 1 : 0; };
    locator_->locate(at("a.example.test"), count);
    other.locate(at("a.example.test"), count);
    EXPECT_TRUE(tasks_.run_until([&] { return answers == 2; }));
    EXPECT_EQ(slow.received(), 1);
}

TEST_F(EngineTest, ASilentFirstServerLosesItsPlace) {
    const UdpServer dead(silence);
    const NameServer real(
        "host-record=a.example.test,192.0.2.1\nhost-record=b.example.test,192.0.2.2\n");
    start({dead.endpoint(), real.endpoint()});
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    EXPECT_EQ(dead.received(), 1);
    EXPECT_EQ(locate(at("b.example.test")), "udp 192.0.2.2:5060");
    EXPECT_EQ(dead.received(), 1) << "the one that answers is asked first now";
}

struct Forgery {
    const char* name;
    std::string (*reply)(const std::string& query);
    const char* result;
};

std::string with_id_of(const std::string& query, const Wire& reply) {
    return query.substr(0, 2) + reply.text().substr(2);
}

const Question kQuestion{"a.example.test", RecordType::A};

class ForgeryTest : public EngineTest, public ::testing::WithParamInterface<Forgery> {};

// Whatever is sent back: an error after the timeout, or at once; never an address.
TEST_P(ForgeryTest, IsNotBelieved) {
    const UdpServer server(GetParam().reply);
    start({server.endpoint()});
    EXPECT_EQ(locate(at("a.example.test")), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ForgeryTest,
    ::testing::Values(
        Forgery{"Garbage", [](const std::string&) { return std::string(300, '\xc0'); },
                "no name server answered"},
        Forgery{"Echo", [](const std::string& query) { return query; }, "malformed DNS reply"},
        Forgery{
            "OtherId",
            [](const std::string&) {
                return Wire(kQuestion).record("a.example.test", 1, 60, "\x01\x02\x03\x04").text();
            },
            "no name server answered"},
        Forgery{"OtherQuestion",
                [](const std::string& query) {
                    return with_id_of(query,
                                      Wire({"b.example.test", RecordType::A})
                                          .record("b.example.test", 1, 60, "\x01\x02\x03\x04"));
                },
                "no name server answered"},
        Forgery{"OtherOwner",
                [](const std::string& query) {
                    return with_id_of(
                        query, Wire(kQuestion).record("b.example.test", 1, 60, "\x01\x02\x03\x04"));
                },
                "the domain has no address for SIP"},
        Forgery{"RecordsThatAreNotThere",
                [](const std::string& query) {
                    return with_id_of(query, Wire(kQuestion).patch(6, 0x03).patch(7, 0xe8));
                },
                "malformed DNS reply"},
        Forgery{"ServerFailure",
                [](const std::string& query) { return with_id_of(query, Wire(kQuestion, 2)); },
                "the name servers refuse or fail"},
        Forgery{"OurOwnMachine",
                [](const std::string& query) {
                    return with_id_of(query, Wire(kQuestion).record("a.example.test", 1, 60,
                                                                    Wire::v4(127, 0, 0, 1)));
                },
                "the domain has only addresses that are never sent to"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(EngineTest, OtherServersMeanOtherAnswers) {
    const NameServer one("host-record=a.example.test,192.0.2.1\n");
    const NameServer two("host-record=a.example.test,192.0.2.2\n");
    start({one.endpoint()});
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.1:5060");
    settings_.servers = {two.endpoint()};
    engine_->configure(settings_);
    ASSERT_TRUE(wait_until([this] { return engine_->generation() == 1; }));
    EXPECT_EQ(locate(at("a.example.test")), "udp 192.0.2.2:5060");
}

TEST_F(EngineTest, LocatorsEndWithLookUpsUnderWay) {
    const UdpServer dead(silence);
    start({dead.endpoint()});
    int calls = 0;
    for (int i = 0; i < 20; ++i) {
        locator_->locate(at("h" + std::to_string(i) + ".example.test"),
                         [&](const Result<Answer>&) { ++calls; });
    }
    locator_.reset();
    // The engine goes on, and has nobody to tell.
    ASSERT_TRUE(wait_until([this] { return engine_->counters().timeouts == 20; }));
    EXPECT_TRUE(tasks_.empty());
    EXPECT_EQ(calls, 0);
}

TEST_F(EngineTest, TheEngineEndsWithLookUpsUnderWay) {
    const UdpServer dead(silence);
    start({dead.endpoint()});
    int calls = 0;
    for (int i = 0; i < 20; ++i) {
        locator_->locate(at("h" + std::to_string(i) + ".example.test"),
                         [&](const Result<Answer>&) { ++calls; });
    }
    ASSERT_TRUE(wait_until([&] { return dead.received() > 0; }));
    engine_->stop();
    EXPECT_EQ(calls, 0);
}

// A handler that ends its own locator, as the last call of a shard might.
TEST_F(EngineTest, AHandlerMayEndTheLocator) {
    const NameServer real("host-record=a.example.test,192.0.2.1\n");
    start({real.endpoint()});
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
        locator_->locate(at("a.example.test"), [&](const Result<Answer>&) {
            ++calls;
            locator_.reset();
        });
    }
    ASSERT_TRUE(tasks_.run_until([&] { return calls > 0; }));
    EXPECT_EQ(calls, 1);
}

// Several shards ask, come and go at once; for the thread sanitizer.
TEST_F(EngineTest, ShardsComeAndGo) {
    const NameServer real("host-record=a.example.test,192.0.2.1\n");
    start({real.endpoint()});
    std::vector<std::thread> shards;
    std::atomic<int> answered{0};
    for (int s = 0; s < 4; ++s) {
        shards.emplace_back([&, s, settings = settings_] {
            for (int round = 0; round < 20; ++round) {
                Tasks tasks;
                ShardLocator locator(*engine_, clock_, first_of_all(), tasks.poster());
                locator.configure(settings);
                bool done = false;
                const std::string unknown =
                    "h" + std::to_string(s) + "-" + std::to_string(round) + ".example.test";
                locator.locate(at(unknown), [](const Result<Answer>&) {});
                locator.locate(at("a.example.test"), [&](const Result<Answer>& answer) {
                    done = true;
                    answered += answer ? 1 : 0;
                });
                // Every other locator ends before its answer.
                if (round % 2 == 0 && !tasks.run_until([&] { return done; })) ADD_FAILURE();
            }
        });
    }
    for (int i = 0; i < 20; ++i) {
        settings_.prefer_v6 = !settings_.prefer_v6;
        engine_->configure(settings_);
        clock_.advance(seconds(10));
        std::this_thread::yield();
    }
    for (auto& shard : shards) shard.join();
    EXPECT_GE(answered, 40);
}

}  // namespace
}  // namespace portcullis::locate
