// SPDX-License-Identifier: BSD-2-Clause
// A hundred thousand transactions under loss, reordering and random users leave nothing behind.
#include <random>

#include "tests/unit/transaction/support.hpp"

namespace portcullis::transaction::testing {
namespace {

// Answers at random, sometimes late, never more than a final once.
class RandomUser final : public RecordingUser {
 public:
    void on_request(ServerId id, sip::MessagePtr request, const Source&) override {
        ++requests;
        open.emplace_back(id, std::move(request));
    }
    bool on_ack(sip::MessagePtr, const Source&) override { return true; }
    void on_cancel(ServerId, ServerId invite, sip::MessagePtr, const Source&) override {
        cancels.insert(invite);
    }
    void on_response(ClientId, sip::MessagePtr, const Source&) override {}
    void on_stray_response(sip::MessagePtr, const Source&) override {}
    void on_client_failure(ClientId, ClientFailure) override {}
    void on_server_timeout(ServerId) override {}
    void on_missing_ack(ServerId) override {}
    void on_client_terminated(ClientId) override { ++client_end_count; }
    void on_server_terminated(ServerId) override { ++server_end_count; }

    std::vector<std::pair<ServerId, sip::MessagePtr>> open;
    std::set<ServerId> cancels;
    std::size_t requests = 0;
    std::size_t client_end_count = 0;
    std::size_t server_end_count = 0;
};

class Soak : public LayerTest {
 protected:
    unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

    void incoming(int number) {
        static const std::vector<std::string> methods{"INVITE", "INVITE", "OPTIONS", "BYE",
                                                      "NEWIDEA"};
        RequestOptions options;
        options.method = methods[roll(5)];
        options.branch = roll(20) == 0 ? "" : "z9hG4bKp" + std::to_string(number);
        options.call_id = "c" + std::to_string(number);
        const bool stream = roll(3) == 0;
        const Source source = stream ? tcp() : udp();
        const auto message = request(options);
        layer().on_message(message, source);
        for (unsigned i = roll(3); i > 0; --i) layer().on_message(message, source);
        if (options.method != "INVITE") return;
        if (roll(4) == 0) {
            options.method = "CANCEL";
            layer().on_message(request(options), source);
        }
        if (roll(2) == 0) {
            options.method = "ACK";
            options.to_tag = "to1";
            later_.emplace_back(request(options), source);
        }
    }
    void outgoing_one() {
        const auto message = outgoing(roll(2) == 0 ? "INVITE" : "BYE");
        const ClientId id = layer().send_request(message, roll(2) == 0 ? to_udp() : to_tcp());
        ++clients_;
        static constexpr int kCodes[] = {100, 180, 183, 200, 200, 302, 404, 486, 503, 603};
        for (unsigned i = roll(4); i > 0; --i) {
            later_.emplace_back(answer(message, kCodes[roll(10)]), udp());
        }
        if (message->method() == sip::Method::Invite) {
            if (roll(3) == 0 && layer().cancel(id)) ++clients_;
            // Whatever rings must be answered at last: the core's own ring timeout.
            ringing_.emplace_back(id, message);
        }
        if (roll(20) == 0) transport_.fail(transport_.sent.size() - 1);
    }
    void answer_some() {
        auto open = std::exchange(user().open, {});
        for (auto& [id, message] : open) {
            if (roll(3) == 0) {
                layer().respond(id, answer(message, 180 + static_cast<int>(roll(2)) * 3));
                user().open.emplace_back(id, message);
            } else {
                layer().respond(id, answer(message, roll(2) == 0 ? 200 : 486));
            }
        }
    }
    TransactionLayer& layer() { return *soaked_; }
    RandomUser& user() { return random_user_; }

    std::mt19937 random_{17};
    RandomUser random_user_;
    std::unique_ptr<TransactionLayer> soaked_ = std::make_unique<TransactionLayer>(
        clock_, wheel_, transport_, TimerValues{}, TransactionLimits{}, random_user_);
    std::vector<std::pair<sip::MessagePtr, Source>> later_;
    std::vector<std::pair<ClientId, sip::MessagePtr>> ringing_;
    std::size_t clients_ = 0;
};

TEST_F(Soak, NothingIsLeftBehind) {
    constexpr int kTransactions = 100'000;
    for (int number = 0; number < kTransactions; ++number) {
        if (roll(2) == 0) {
            incoming(number);
        } else {
            outgoing_one();
        }
        if (roll(8) == 0) {
            std::shuffle(later_.begin(), later_.end(), random_);
            for (const auto& [message, source] : std::exchange(later_, {})) {
                if (roll(10) != 0) layer().on_message(message, source);  // a tenth is lost
            }
            answer_some();
            clock_.now_ += Milliseconds(roll(200));
            wheel_.advance(clock_.now_);
            transport_.sent.clear();
        }
    }
    for (const auto& [id, message] : std::exchange(user().open, {})) {
        layer().respond(id, answer(message, 480));
    }
    for (const auto& [id, message] : ringing_) layer().on_message(answer(message, 408), udp());
    for (int second = 0; second < 80; ++second) {
        clock_.now_ += std::chrono::seconds(1);
        wheel_.advance(clock_.now_);
        transport_.sent.clear();
    }
    EXPECT_EQ(layer().table_size(), 0U);
    EXPECT_EQ(layer().counts().total(), 0U);
    EXPECT_EQ(wheel_.size(), 0U);
    EXPECT_GT(user().requests, 40'000U);
    EXPECT_EQ(user().client_end_count, clients_) << "every client ended exactly once";
    EXPECT_GE(user().server_end_count, user().requests);
}

}  // namespace
}  // namespace portcullis::transaction::testing
