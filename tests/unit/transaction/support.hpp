// SPDX-License-Identifier: BSD-2-Clause
// A transaction layer between a recording transport and a recording user, on a clock of its own.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "signaling/shard/slot.hpp"
#include "signaling/sip/builder.hpp"
#include "signaling/sip/parser.hpp"
#include "signaling/transaction/transaction_layer.hpp"

namespace portcullis::transaction::testing {

using transport::Destination;
using transport::SendHandler;
using transport::Source;

class FakeClock final : public Clock {
 public:
    [[nodiscard]] TimePoint now() const override { return now_; }
    [[nodiscard]] WallTime wall_now() const override { return {}; }
    TimePoint now_{std::chrono::hours(100)};
};

class RecordingTransport final : public transport::Transport {
 public:
    struct Sent {
        Destination to;
        sip::MessagePtr message;
        SendHandler on_failure;
        TimePoint at;
    };
    explicit RecordingTransport(const Clock& clock) : clock_(clock) {}
    transport::FlowId send(const Destination& to, sip::MessagePtr message,
                           SendHandler on_failure) override {
        sent.push_back({to, std::move(message), std::move(on_failure), clock_.now()});
        return flow;
    }
    // "INVITE" or "200 INVITE" for each message, oldest first.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& one : sent) {
            const auto& message = *one.message;
            out.push_back(
                (message.is_response() ? std::to_string(message.status_code()) + " " : "") +
                std::string(message.method_text()));
        }
        return out;
    }
    [[nodiscard]] std::size_t count(const std::string& name) const {
        std::size_t n = 0;
        for (const auto& one : names()) n += one == name ? 1 : 0;
        return n;
    }
    void fail(std::size_t index) {
        const auto handler = sent.at(index).on_failure;
        if (handler) handler(Error{});
    }
    std::vector<Sent> sent;
    transport::FlowId flow;  // that the next messages take

 private:
    const Clock& clock_;
};

// Every callback as a line, ids in the order of the layer's making.
class RecordingUser : public TransactionUser {
 public:
    [[nodiscard]] Verdict screen(const sip::Message&, const Source&) override { return verdict; }
    void on_request(ServerId id, sip::MessagePtr request, const Source&) override {
        server = id;
        last = request;
        log("request " + std::string(request->method_text()));
    }
    [[nodiscard]] bool on_ack(sip::MessagePtr, const Source&) override {
        log("ack");
        return hears_ack;
    }
    [[nodiscard]] Verdict judge_cancel(ServerId, const sip::Message&, const Source&) override {
        return cancel_verdict;
    }
    void on_cancel(ServerId, ServerId invite, sip::MessagePtr, const Source&) override {
        cancelled = invite;
        log("cancel");
    }
    void on_response(ClientId, sip::MessagePtr response, const Source&) override {
        last = response;
        log("response " + std::to_string(response->status_code()));
    }
    void on_stray_response(sip::MessagePtr response, const Source&) override {
        log("stray " + std::to_string(response->status_code()));
    }
    void on_client_failure(ClientId, ClientFailure failure) override {
        log(failure == ClientFailure::Timeout ? "timeout" : "transport-error");
    }
    void on_server_timeout(ServerId) override { log("server-timeout"); }
    void on_missing_ack(ServerId) override { log("missing-ack"); }
    void on_server_transport_error(ServerId) override { log("server-transport-error"); }
    void on_client_terminated(ClientId id) override {
        EXPECT_TRUE(client_ends.insert(id).second) << "ended twice";
        log("client-end");
    }
    void on_server_terminated(ServerId id) override {
        EXPECT_TRUE(server_ends.insert(id).second) << "ended twice";
        log("server-end");
    }
    void log(std::string line) { lines.push_back(std::move(line)); }
    // The lines so far, and forgets them.
    std::vector<std::string> take() { return std::exchange(lines, {}); }

    Verdict verdict;
    Verdict cancel_verdict;
    bool hears_ack = true;
    std::vector<std::string> lines;
    std::set<ClientId> client_ends;
    std::set<ServerId> server_ends;
    ServerId server;
    ServerId cancelled;
    sip::MessagePtr last;
};

using Lines = std::vector<std::string>;

class LayerTest : public ::testing::Test {
 protected:
    // Moves the clock in steps of one tick.
    void run(Milliseconds duration) {
        const TimePoint end = clock_.now_ + duration;
        while (clock_.now_ < end) {
            clock_.now_ += shard::TimerWheel::kTick;
            wheel_.advance(clock_.now_);
        }
    }
    // Seconds since the first message of that name at which it was sent.
    [[nodiscard]] std::vector<double> times(const std::string& name) const {
        std::vector<double> out;
        std::optional<TimePoint> first;
        const auto all = transport_.names();
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i] != name) continue;
            if (!first) first = transport_.sent[i].at;
            out.push_back(std::chrono::duration<double>(transport_.sent[i].at - *first).count());
        }
        return out;
    }
    static sip::MessagePtr parse(const std::string& text) {
        auto message = sip::parse_message(text);
        EXPECT_TRUE(message) << text;
        return message ? *message : nullptr;
    }
    struct RequestOptions {
        std::string method = "INVITE";
        std::string branch = "z9hG4bKpeer1";
        std::string to_tag = {};
        std::string sent_by = "198.18.0.2:5060";
        std::string call_id = "c1@pbx";
        int cseq = 1;
        std::string extra = {};
        std::string uri = "sip:b@198.18.0.1";
        std::string transport = "UDP";
    };
    static sip::MessagePtr request(const RequestOptions& o) {
        const std::string branch = o.branch.empty() ? "" : ";branch=" + o.branch;
        return parse(o.method + " " + o.uri + " SIP/2.0\r\nVia: SIP/2.0/" + o.transport + " " +
                     o.sent_by + branch + o.extra +
                     "\r\nMax-Forwards: 70\r\nFrom: " + "<sip:a@pbx>;tag=from1\r\nTo: <sip:b@sbc>" +
                     (o.to_tag.empty() ? "" : ";tag=" + o.to_tag) + "\r\nCall-ID: " + o.call_id +
                     "\r\nCSeq: " + std::to_string(o.cseq) + " " + o.method +
                     "\r\nContact: <sip:a@198.18.0.2>\r\nContent-Length: 0\r\n\r\n");
    }
    static sip::MessagePtr answer(const sip::MessagePtr& to, int code,
                                  std::string_view tag = "to1") {
        return sip::MessageBuilder::response(*to, code, {}, {.to_tag = tag, .source = {}})
            .add(sip::HeaderId::Contact, "<sip:b@198.18.1.2>")
            .finish();
    }
    // A request of ours, as the core makes it.
    static sip::MessagePtr outgoing(std::string_view method, std::string branch = {}) {
        if (branch.empty()) branch = shard::make_branch(shard::Slot{0});
        return sip::MessageBuilder::request(method, "sip:b@198.18.1.2")
            .add(sip::HeaderId::Via, "SIP/2.0/UDP 198.18.1.1:5060;branch=" + branch)
            .add(sip::HeaderId::MaxForwards, 70)
            .add(sip::HeaderId::Route, "<sip:p1.example.com;lr>")
            .add(sip::HeaderId::Route, "<sip:p2.example.com;lr>")
            .add(sip::HeaderId::From, "<sip:a@198.18.1.1>;tag=00ours")
            .add(sip::HeaderId::To, "<sip:b@198.18.1.2>")
            .add(sip::HeaderId::CallId, "00call")
            .add(sip::HeaderId::CSeq, "7 " + std::string(method))
            .finish();
    }
    void receive(const sip::MessagePtr& message, const Source& source) {
        layer_.on_message(message, source);
    }

    static Source udp() {
        return {{},
                TransportKind::Udp,
                *Endpoint::parse("198.18.0.1:5060"),
                *Endpoint::parse("198.18.0.2:5060"),
                "core"};
    }
    static Source tcp() {
        return {{0, 3, 1},
                TransportKind::Tcp,
                *Endpoint::parse("198.18.0.1:5060"),
                *Endpoint::parse("198.18.0.2:41000"),
                "core"};
    }
    static Destination to_udp() {
        return {"peer", TransportKind::Udp, *Endpoint::parse("198.18.1.2:5060"), {}};
    }
    static Destination to_tcp() {
        return {"peer", TransportKind::Tcp, *Endpoint::parse("198.18.1.2:5060"), {}};
    }

    FakeClock clock_;
    shard::TimerWheel wheel_{clock_.now()};
    RecordingTransport transport_{clock_};
    RecordingUser user_;
    TransactionLayer layer_{clock_, wheel_, transport_, TimerValues{}, TransactionLimits{}, user_};
};

// The end of every test: nothing is left once all timers ran out.
#define EXPECT_NOTHING_LEFT()                   \
    do {                                        \
        run(std::chrono::seconds(70));          \
        EXPECT_EQ(layer_.table_size(), 0U);     \
        EXPECT_EQ(layer_.counts().total(), 0U); \
        EXPECT_EQ(wheel_.size(), 0U);           \
    } while (false)

}  // namespace portcullis::transaction::testing
