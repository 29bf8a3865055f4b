// SPDX-License-Identifier: BSD-2-Clause
// Harness: one shard's core without sockets: real transactions, dialogs, calls and policy over a
// transport that records, a relay that answers when told, and a clock that tests move.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "signaling/b2bua/core.hpp"
#include "signaling/sip/parser.hpp"

namespace portcullis::b2bua {

class FakeClock final : public Clock {
 public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] WallTime wall_now() const override {
        return WallTime(std::chrono::duration_cast<std::chrono::microseconds>(
            now_.time_since_epoch() + wall_ahead_));
    }
    void step_wall(Duration by) { wall_ahead_ += by; }
    void advance(Duration by) { now_ += by; }

 private:
    TimePoint now_{std::chrono::hours(1000)};
    Duration wall_ahead_{};
};

// Keeps what DNS is asked for until answer() is called.
class FakeNames final : public locate::Locator {
 public:
    void locate(const locate::Where& where, locate::LocateHandler handler) override {
        asked.push_back(where);
        waiting_.push_back(std::move(handler));
    }
    void answer(const Result<locate::Answer>& answer) {
        for (const auto& handler : std::exchange(waiting_, {})) handler(answer);
    }
    std::vector<locate::Where> asked;

 private:
    std::vector<locate::LocateHandler> waiting_;
};

// Draws ports and answers each request at once or, when `hold` is set, when answer() is called.
class FakeRelay final : public MediaRelay {
 public:
    void request(RelayRequest request, Done done) override;
    void release(SessionId session, Figures released) override;
    void query(SessionId, Figures) override {}

    // Delivers what waits; replies never arrive inside the request.
    void answer();
    [[nodiscard]] bool idle() const { return waiting_.empty(); }

    std::vector<RelayRequest> requests;
    std::vector<SessionId> released;
    relay_api::Outcome outcome = relay_api::Outcome::Ok;
    bool disconnected = false;
    bool hold = false;

 private:
    [[nodiscard]] relay_api::OperationReply reply_to(const relay_api::InstallSession& install);

    std::deque<std::function<void()>> waiting_;
    std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint16_t> ports_;
    std::uint16_t next_port_ = 20000;
};

struct Sent {
    sip::MessagePtr message;
    transport::Destination destination;
};

class RecordingTransport final : public transport::Transport {
 public:
    transport::FlowId send(const transport::Destination& destination, sip::MessagePtr message,
                           transport::SendHandler) override {
        sent.push_back({std::move(message), destination});
        return destination.flow;
    }
    std::vector<Sent> sent;
};

// PBX at 198.18.0.2 in realm core, carriers at 198.18.1.2 and 198.18.1.3 in realm peer.
class Harness : public testing::Test {
 protected:
    Harness();
    ~Harness() override;

    // Receives a message (lines joined by "\n") at the interface of its side.
    void from_pbx(const std::string& text) {
        receive(text, "core-v4", "198.18.0.1:5060", "198.18.0.2:5060");
    }
    void from_carrier(const std::string& text, const std::string& address = "198.18.1.2:5060") {
        receive(text, "peer-v4", "198.18.1.1:5060", address);
    }
    void receive(const std::string& text, const std::string& interface, const std::string& local,
                 const std::string& remote);
    void receive(const std::string& text, const transport::Source& source);
    void advance(Duration by);
    void configure(const std::string& document);

    // Everything sent to that address since the last take, oldest first.
    std::vector<sip::MessagePtr> take(const std::string& remote);
    std::vector<sip::MessagePtr> to_pbx() { return take("198.18.0.2:5060"); }
    std::vector<sip::MessagePtr> to_carrier() { return take("198.18.1.2:5060"); }
    // The last message of that kind among `messages`; fails the test when there is none.
    static sip::MessagePtr last(const std::vector<sip::MessagePtr>& messages,
                                const std::string& what);
    [[nodiscard]] std::vector<std::string> records();
    void expect_nothing_left();

    static std::string invite(const std::string& extra = {}, const std::string& call_id = "call-1");
    static std::string sdp(const std::string& address, int port, const std::string& extra = {});
    // A response to `request` (which we sent) with the peer's tag and Contact.
    static std::string respond(const sip::Message& request, int code, const std::string& tag,
                               const std::string& contact, const std::string& body = {});
    // A request of the peer in the dialog that `peer_from` and our message define.
    static std::string in_dialog(const std::string& method, const sip::Message& ours, int cseq,
                                 const std::string& body = {}, bool peer_called = false);
    static std::string with_body(std::string head, const std::string& body);

    // A call up to the 200 to the PBX; leaves the messages of its set-up taken.
    struct Established {
        sip::MessagePtr invite_b;
        sip::MessagePtr ok_a;
    };
    Established establish();

    FakeClock clock;
    shard::TimerWheel wheel{clock.now()};
    FakeRelay relay;
    FakeNames dns;
    std::vector<trunk::Report> reports;  // what the trunk service is told
    trunk::TrunkView trunks{[this](trunk::Report report) { reports.push_back(std::move(report)); }};
    RecordingTransport transport;
    policy::Admission admission;
    record::MessageRing ring{1 << 20};
    std::filesystem::path directory;
    std::unique_ptr<record::RecordWriter> writer;
    checkpoint::CheckpointStore checkpoints;
    std::unique_ptr<CallManager> calls;
    std::unique_ptr<Core> core;
    std::unique_ptr<transaction::TransactionLayer> transactions;

    void build();
};

extern const char* const kDocument;

}  // namespace portcullis::b2bua
