// SPDX-License-Identifier: BSD-2-Clause
// Revisions on their way to two real shards with real sockets: applied by all of them or by none.
#include "signaling/control/config_service.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "common/base/random.hpp"
#include "signaling/control/fan_out.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/transport/pki.hpp"
#include "tests/unit/transport/support.hpp"

namespace portcullis::control {
namespace {

using transport::testing::bound;
using transport::testing::free_endpoint;
using transport::testing::Peer;
using namespace std::chrono_literals;

std::string document(const std::string& interface, const Endpoint& address) {
    return fmt::format(
        R"({{"realms":[{{"name":"core"}}],
             "sip_interfaces":[{{"name":"{}","realm":"core","address":"{}","port":{}}}]}})",
        interface, address.address.text(), address.port);
}

class ConfigServiceTest : public ::testing::Test {
 protected:
    ConfigServiceTest() { begin(); }
    ~ConfigServiceTest() override { end(); }

    // A process: its shards, not yet running.
    void begin() {
        records_ = std::make_unique<record::RecordWriter>(dir_.path() / "cdr", ring_, kShards);
        for (std::uint16_t i = 0; i < kShards; ++i) {
            const ShardOptions options{
                .id = ShardId{i},
                .checkpoint_file = dir_.path() / ("calls-" + std::to_string(i)),
                .relay_socket = dir_.path() / "relay.sock",
                .boot_epoch = 1,
                .power_was_lost = false};
            shards_.push_back(std::make_unique<Shard>(options, router_,
                                                      slots_.home_slot(options.id), admission_,
                                                      records_->feed(i), dns_, shards_));
            ASSERT_TRUE(shards_.back()->open());
        }
        service_ = std::make_unique<ConfigService>(io_, shards_, dir_.path() / "last-good.json");
    }
    void run() {
        for (const auto& shard : shards_) shard->run();
    }
    void end() {
        for (const auto& shard : shards_) shard->stop();
        service_.reset();
        shards_.clear();
        records_.reset();
    }

    template <class Request, class Member>
    management::ConfigReply ask(Member member, const Request& request) {
        std::optional<management::ConfigReply> reply;
        ((*service_).*member)(request, [&reply](management::ConfigReply got) { reply = got; });
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (!reply && std::chrono::steady_clock::now() < deadline) {
            io_.restart();
            io_.run_one_for(10ms);
        }
        EXPECT_TRUE(reply);
        return reply.value_or(management::ConfigReply{});
    }
    management::ConfigReply prepare(std::uint64_t version, const std::string& text) {
        return ask(&ConfigService::prepare, management::Prepare{ConfigVersion{version}, text});
    }
    management::ConfigReply commit(std::uint64_t version) {
        return ask(&ConfigService::commit, management::Commit{ConfigVersion{version}});
    }
    [[nodiscard]] bool applies(std::uint64_t version, const std::string& text) {
        return prepare(version, text).refusals.empty() && commit(version).refusals.empty();
    }
    // Whether every shard has the interface.
    [[nodiscard]] bool everywhere(const std::string& interface) {
        std::size_t have = 0;
        std::optional<std::size_t> answers;
        fan_out<int>(
            shards_, io_,
            [&interface](Shard& shard) {
                return shard.transport().find_interface(interface) != nullptr ? 1 : 0;
            },
            [&](const std::vector<int>& found) {
                for (const int one : found) have += static_cast<std::size_t>(one);
                answers = found.size();
            });
        while (!answers) {
            io_.restart();
            io_.run_one_for(10ms);
        }
        EXPECT_TRUE(have == 0 || have == kShards) << "one configuration for all shards";
        return have == kShards;
    }

    static constexpr std::uint16_t kShards = 2;
    portcullis::testing::TempDir dir_;
    boost::asio::io_context io_;
    shard::SlotTable slots_{kShards};
    shard::ShardRouter router_{slots_};
    policy::Admission admission_;
    record::MessageRing ring_{1 << 16};
    std::unique_ptr<record::RecordWriter> records_;
    SystemClock clock_;
    locate::Engine dns_{clock_, {}, random_below};
    Shards shards_;
    std::unique_ptr<ConfigService> service_;
    Endpoint here_ = free_endpoint();
};

TEST_F(ConfigServiceTest, ARevisionReachesEveryShard) {
    run();
    EXPECT_TRUE(applies(1, document("one", here_)));
    EXPECT_TRUE(everywhere("one"));
    EXPECT_EQ(service_->applied(), ConfigVersion{1});
    EXPECT_TRUE(commit(1).refusals.empty()) << "asked again";
    EXPECT_FALSE(commit(2).refusals.empty()) << "never prepared";
}

TEST_F(ConfigServiceTest, AnAbortedRevisionCannotBeCommitted) {
    run();
    EXPECT_TRUE(prepare(1, document("one", here_)).refusals.empty());
    (void)ask(&ConfigService::abort, management::Abort{ConfigVersion{1}});
    EXPECT_FALSE(commit(1).refusals.empty());
    EXPECT_FALSE(everywhere("one"));
}

TEST_F(ConfigServiceTest, WhatCannotBeIsRefusedByItsPointer) {
    run();
    const auto mistake = prepare(1, R"({"realms":[{"name":"core"}],"nonsense":1})");
    ASSERT_EQ(mistake.refusals.size(), 1U);
    EXPECT_EQ(mistake.refusals[0].pointer, "/nonsense");
    const auto owner = bound(SOCK_DGRAM, here_);
    const auto taken = prepare(2, document("one", here_));
    ASSERT_EQ(taken.refusals.size(), 1U);
    EXPECT_EQ(taken.refusals[0].pointer, "/sip_interfaces/0/address");
    EXPECT_FALSE(commit(2).refusals.empty());
}

// Another store may number its revisions like ours.
TEST_F(ConfigServiceTest, ThePreparedOneIsAppliedWhateverItsNumber) {
    run();
    ASSERT_TRUE(applies(1, document("one", here_)));
    EXPECT_TRUE(applies(1, document("other", here_)));
    EXPECT_TRUE(everywhere("other"));
    EXPECT_FALSE(everywhere("one"));
}

// Taken between Prepare and Commit: nothing of the new revision stays.
TEST_F(ConfigServiceTest, AFailedCommitLeavesTheFormerRevision) {
    run();
    ASSERT_TRUE(applies(1, document("one", here_)));
    const Endpoint other = free_endpoint();
    ASSERT_TRUE(prepare(2, document("two", other)).refusals.empty());
    const auto owner = bound(SOCK_DGRAM, other);
    const auto failed = commit(2);
    ASSERT_EQ(failed.refusals.size(), 1U);
    EXPECT_TRUE(everywhere("one"));
    EXPECT_FALSE(everywhere("two"));
    EXPECT_EQ(service_->applied(), ConfigVersion{1});
}

TEST_F(ConfigServiceTest, TheLastGoodOneRunsAgainWithWhatTheHostHas) {
    run();
    ASSERT_TRUE(applies(7, document("one", here_)));
    end();
    const auto owner = bound(SOCK_DGRAM, here_);
    begin();
    service_->load_last_good();
    run();
    EXPECT_EQ(service_->applied(), ConfigVersion{7});
    EXPECT_TRUE(everywhere("one"));
    EXPECT_TRUE(prepare(8, document("one", here_)).refusals.empty()) << "no fault of this change";
}

// Files are looked at before anything changes; a restart serves what can be served.
TEST_F(ConfigServiceTest, CertificatesAreProvedAtPrepare) {
    const transport::testing::Pki pki;
    const auto files = pki.issue("own", {.common_name = "sbc"});
    const std::string text = fmt::format(
        R"({{"realms":[{{"name":"core"}}],
             "tls_profiles":[{{"name":"t","certificate_file":"{}","private_key_file":"{}"}}],
             "sip_interfaces":[{{"name":"one","realm":"core","address":"127.0.0.1","port":{},
                                 "transports":["tls"],"tls_profile":"t"}}]}})",
        files.certificate, files.key, here_.port);
    run();
    const std::string away = files.key + ".away";
    std::filesystem::rename(files.key, away);
    const auto refused = prepare(1, text);
    ASSERT_EQ(refused.refusals.size(), 1U);
    EXPECT_EQ(refused.refusals[0].pointer, "/tls_profiles/0/private_key_file");
    EXPECT_NE(refused.refusals[0].reason.find(files.key), std::string::npos);
    EXPECT_FALSE(commit(1).refusals.empty());
    std::filesystem::rename(away, files.key);
    EXPECT_TRUE(applies(2, text));
    ASSERT_EQ(service_->tls_watch().figures().size(), 1U);
    EXPECT_EQ(service_->tls_watch().figures()[0].fingerprint, files.fingerprint);

    end();
    std::filesystem::remove(files.key);
    begin();
    service_->load_last_good();
    run();
    EXPECT_EQ(service_->applied(), ConfigVersion{2});
    EXPECT_TRUE(everywhere("one"));
    EXPECT_EQ(service_->tls_watch().figures()[0].fingerprint, "");
}

// What a policy says of strangers holds for bytes that never become a message, too.
TEST_F(ConfigServiceTest, AccessListsReachTheSockets) {
    run();
    const auto refused = prepare(1, fmt::format(
                                        R"({{"realms":[{{"name":"core","unknown_source":"drop"}}],
             "sip_interfaces":[{{"name":"one","realm":"core","address":"127.0.0.1","port":{},
                                 "transports":["udp","tcp"]}}],
             "media_interfaces":[{{"name":"m","device":"lo"}}],
             "media_pools":[{{"name":"p","realm":"core","interface":"m","address":"127.0.0.1",
                              "port_min":20000,"port_max":20099}}],
             "trunks":[{{"name":"pbx","realm":"core","match":{{"sources":["127.0.0.2/32"]}},
                         "gateways":[{{"uri":"sip:127.0.0.2:5060"}}]}}],
             "access_lists":[{{"name":"a","realm":"core","default_action":"allow",
                               "rules":[{{"source":"127.0.0.4/32","action":"deny"}}]}}]}})",
                                        here_.port));
    for (const auto& one : refused.refusals) ADD_FAILURE() << one.pointer << ": " << one.reason;
    ASSERT_TRUE(commit(1).refusals.empty());
    std::string malformed = transport::testing::request_text("1");
    malformed.replace(malformed.find("70"), 2, "-1");
    Peer trunk = Peer::udp("127.0.0.2");
    Peer stranger = Peer::udp("127.0.0.3");
    Peer denied = Peer::udp("127.0.0.4");
    for (const auto* const peer : {&denied, &stranger, &trunk}) peer->send_to(here_, malformed);
    const auto hears = [](const Peer& peer, int milliseconds) {
        pollfd wait{peer.fd(), POLLIN, 0};
        return ::poll(&wait, 1, milliseconds) == 1;
    };
    EXPECT_TRUE(hears(trunk, 5000));
    EXPECT_FALSE(hears(stranger, 100));
    EXPECT_FALSE(hears(denied, 0));

    Peer on_tcp(bound(SOCK_STREAM, transport::testing::local(0, "127.0.0.4")));
    const auto to = transport::to_sockaddr(here_);
    (void)::connect(on_tcp.fd(), to.data(), to.size);
    ASSERT_TRUE(hears(on_tcp, 5000));
    EXPECT_FALSE(on_tcp.receive()) << "closed";
    EXPECT_EQ(on_tcp.text, "");
}

}  // namespace
}  // namespace portcullis::control
