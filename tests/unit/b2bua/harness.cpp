// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/b2bua/harness.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "common/base/text.hpp"
#include "policy/compile.hpp"
#include "policy/config/reader.hpp"

namespace portcullis::b2bua {

const char* const kDocument = R"({
 "realms":[{"name":"core","trust":"trusted"},{"name":"peer","trust":"untrusted"}],
 "sip_interfaces":[{"name":"core-v4","realm":"core","address":"198.18.0.1"},
                   {"name":"peer-v4","realm":"peer","address":"198.18.1.1"}],
 "media_interfaces":[{"name":"core","device":"core0"},{"name":"peer","device":"peer0"}],
 "media_pools":[
  {"name":"core-v4","realm":"core","interface":"core","address":"198.18.0.1","port_min":20000,"port_max":29999},
  {"name":"peer-v4","realm":"peer","interface":"peer","address":"198.18.1.1","port_min":20000,"port_max":29999}],
 "trunks":[
  {"name":"pbx","realm":"core","gateways":[{"uri":"sip:198.18.0.2:5060"}]},
  {"name":"carrier","realm":"peer","gateways":[{"uri":"sip:198.18.1.2:5060","priority":1},
                                               {"uri":"sip:198.18.1.3:5060","priority":2}]}],
 "routes":[{"name":"out","match":{"trunk":"pbx"},"trunks":["carrier"]},
           {"name":"in","match":{"trunk":"carrier"},"trunks":["pbx"]}],
 "timers":{"media_timeout_s":0}})";

void FakeRelay::request(RelayRequest request, Done done) {
    requests.push_back(request);
    Result<relay_api::OperationReply> reply = relay_api::OperationReply{};
    if (disconnected) {
        reply = fail(std::make_error_code(std::errc::not_connected));
    } else if (const auto* const install = std::get_if<relay_api::InstallSession>(&request)) {
        reply = reply_to(*install);
    }
    if (reply) reply->outcome = outcome;
    waiting_.push_back([done = std::move(done), reply] { done(reply); });
}

relay_api::OperationReply FakeRelay::reply_to(const relay_api::InstallSession& install) {
    relay_api::OperationReply reply;
    reply.session = install.session;
    reply.generation = install.generation;
    for (const auto& leg : install.legs) {
        const auto address = *IpAddress::parse(leg.pool == "core-v4" ? "198.18.0.1" : "198.18.1.1");
        for (const auto& stream : leg.streams) {
            auto& port = ports_[{leg.leg.value, stream.stream}];
            if (stream.requested_port != 0) port = stream.requested_port;
            if (port == 0) port = next_port_ = static_cast<std::uint16_t>(next_port_ + 2);
            const auto rtcp = static_cast<std::uint16_t>(stream.rtcp_mux ? port : port + 1);
            reply.ports.push_back(
                {leg.leg, stream.stream, {address, port}, {address, rtcp}, std::nullopt});
        }
    }
    return reply;
}

void FakeRelay::release(SessionId session, Figures done) {
    released.push_back(session);
    relay_api::SessionStats stats;
    stats.session = session;
    waiting_.push_back([done = std::move(done), stats] { done(stats); });
}

void FakeRelay::answer() {
    while (!waiting_.empty()) {
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        next();
    }
}

Harness::Harness() {
    static int instance = 0;
    directory = std::filesystem::temp_directory_path() /
                fmt::format("pc-b2bua-{}-{}", ::getpid(), ++instance);
    std::filesystem::create_directories(directory);
    EXPECT_TRUE(checkpoints.open(directory / "calls"));
    writer = std::make_unique<record::RecordWriter>(directory / "cdr", ring, 1);
    build();
    configure(kDocument);
}

Harness::~Harness() {
    writer.reset();
    std::filesystem::remove_all(directory);
}

void Harness::build() {
    transactions.reset();
    core.reset();
    calls = std::make_unique<CallManager>(ManagerParts{.clock = clock,
                                                       .wheel = wheel,
                                                       .relay = relay,
                                                       .admission = admission,
                                                       .records = writer->feed(0),
                                                       .checkpoints = checkpoints,
                                                       .slot = shard::Slot{0},
                                                       .shard = ShardId{0},
                                                       .boot_epoch = 7,
                                                       .locator = &dns,
                                                       .trunks = &trunks});
    core = std::make_unique<Core>(*calls, wheel);
    transactions = std::make_unique<transaction::TransactionLayer>(
        clock, wheel, transport, transaction::TimerValues{}, transaction::TransactionLimits{},
        *core);
    calls->attach(*transactions);
    core->attach(*transactions);
    core->attach(trunks);
}

void Harness::configure(const std::string& text) {
    const auto document = config::load_document(text);
    ASSERT_TRUE(document) << document.error().front().pointer << " "
                          << document.error().front().message;
    auto compiled = policy::compile(*document);
    ASSERT_TRUE(compiled);
    calls->configure(
        std::make_shared<const ConfigSnapshot>(ConfigSnapshot{ConfigVersion{1}, *compiled}));
}

void Harness::receive(const std::string& text, const std::string& interface,
                      const std::string& local, const std::string& remote) {
    receive(text, {.flow = {},
                   .transport = TransportKind::Udp,
                   .local = *Endpoint::parse(local),
                   .remote = *Endpoint::parse(remote),
                   .interface = interface});
}

void Harness::receive(const std::string& text, const transport::Source& source) {
    std::string wire;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) wire += '\r';
        wire += text[i];
    }
    const auto message = sip::parse_message(wire);
    ASSERT_TRUE(message) << message.error().text() << "\n" << text;
    if (core->hears(source.interface, source.remote.address))
        transactions->on_message(*message, source);
    if (!relay.hold) relay.answer();
}

void Harness::advance(Duration by) {
    const auto step = std::chrono::milliseconds(10);
    for (Duration done{}; done < by; done += step) {
        clock.advance(step);
        wheel.advance(clock.now());
        if (!relay.hold) relay.answer();
    }
}

std::vector<sip::MessagePtr> Harness::take(const std::string& remote) {
    const auto endpoint = *Endpoint::parse(remote);
    std::vector<sip::MessagePtr> taken;
    std::erase_if(transport.sent, [&](const Sent& sent) {
        if (sent.destination.remote != endpoint) return false;
        taken.push_back(sent.message);
        return true;
    });
    return taken;
}

sip::MessagePtr Harness::last(const std::vector<sip::MessagePtr>& messages,
                              const std::string& what) {
    for (auto at = messages.rbegin(); at != messages.rend(); ++at) {
        const auto& m = **at;
        const auto kind =
            m.is_request() ? std::string(m.method_text()) : std::to_string(m.status_code());
        if (kind == what) return *at;
    }
    ADD_FAILURE() << "no " << what << " among " << messages.size() << " messages";
    for (const auto& m : messages) ADD_FAILURE() << m->bytes();
    throw std::runtime_error("missing message");
}

std::vector<std::string> Harness::records() {
    EXPECT_TRUE(writer->start());
    writer->stop();
    std::vector<std::string> lines;
    for (const auto& entry : std::filesystem::directory_iterator(directory / "cdr")) {
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) lines.push_back(line);
    }
    return lines;
}

void Harness::expect_nothing_left() {
    advance(std::chrono::seconds(70));
    EXPECT_EQ(calls->size(), 0U);
    EXPECT_EQ(calls->dialogs().size(), 0U);
    EXPECT_EQ(calls->tombstones().size(), 0U);
    EXPECT_EQ(transactions->table_size(), 0U);
    EXPECT_EQ(checkpoints.size(), 0U);
    EXPECT_EQ(wheel.size(), 0U);
    EXPECT_EQ(admission.calls("pbx"), 0U);
    EXPECT_EQ(admission.calls("carrier"), 0U);
}

std::string Harness::with_body(std::string head, const std::string& body) {
    if (!body.empty()) head += "Content-Type: application/sdp\n";
    std::string crlf_body;
    for (const char c : body) crlf_body += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return head + fmt::format("Content-Length: {}\n\n{}", crlf_body.size(), crlf_body);
}

std::string Harness::sdp(const std::string& address, int port, const std::string& extra) {
    return fmt::format(
        "v=0\no=canaryuser 1 1 IN IP4 {0}\ns=canarysession\nc=IN IP4 {0}\nt=0 0\n"
        "m=audio {1} RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\n{2}",
        address, port, extra);
}

std::string Harness::invite(const std::string& extra, const std::string& call_id) {
    return with_body(
        fmt::format("INVITE sip:4930123@198.18.0.1 SIP/2.0\n"
                    "Via: SIP/2.0/UDP 198.18.0.2:5060;branch=z9hG4bK-{0}\n"
                    "Max-Forwards: 70\nFrom: \"Alice\" <sip:1001@canary.pbx>;tag=pbx-tag\n"
                    "To: <sip:4930123@198.18.0.1>\nCall-ID: {0}\nCSeq: 1 INVITE\n"
                    "Contact: <sip:1001@198.18.0.2:5060>\nUser-Agent: canary-agent\n"
                    "X-Secret: canary-header\n{1}",
                    call_id, extra),
        sdp("198.18.0.2", 4000));
}

std::string Harness::respond(const sip::Message& request, int code, const std::string& tag,
                             const std::string& contact, const std::string& body) {
    std::string head = fmt::format("SIP/2.0 {} canary-reason\n", code);
    for (const auto via : request.values(sip::HeaderId::Via)) head += fmt::format("Via: {}\n", via);
    const std::string to(*request.header(sip::HeaderId::To));
    const bool tagged = to.find(";tag=") != std::string::npos;
    head += fmt::format(
        "From: {}\nTo: {}{}\nCall-ID: {}\nCSeq: {}\n", *request.header(sip::HeaderId::From), to,
        tagged || tag.empty() ? "" : ";tag=" + tag, *request.header(sip::HeaderId::CallId),
        *request.header(sip::HeaderId::CSeq));
    if (!contact.empty()) head += fmt::format("Contact: <{}>\n", contact);
    head += "Server: canary-server\nWarning: 399 canary.host \"canary-warning\"\n";
    return with_body(head, body);
}

// `ours` is a response of ours to the peer's INVITE (peer_called false: our To tag is local), or a
// request of ours that the peer answered with tag "b-tag".
std::string Harness::in_dialog(const std::string& method, const sip::Message& ours, int cseq,
                               const std::string& body, bool peer_called) {
    const std::string from(*ours.header(peer_called ? sip::HeaderId::To : sip::HeaderId::From));
    const std::string to(*ours.header(peer_called ? sip::HeaderId::From : sip::HeaderId::To));
    const bool needs_tag = peer_called && from.find(";tag=") == std::string::npos;
    const std::string host = peer_called ? "198.18.1.2" : "198.18.0.2";
    std::string head = fmt::format(
        "{} sip:x@198.18.0.1 SIP/2.0\nVia: SIP/2.0/UDP {}:5060;branch=z9hG4bK-{}-{}-{}\n"
        "Max-Forwards: 70\nFrom: {}{}\nTo: {}\nCall-ID: {}\nCSeq: {} {}\n",
        method, host, method, cseq, peer_called ? "b" : "a", from, needs_tag ? ";tag=b-tag" : "",
        to, *ours.header(sip::HeaderId::CallId), cseq, method);
    if (method == "INVITE") head += fmt::format("Contact: <sip:x@{}:5060>\n", host);
    return with_body(head, body);
}

Harness::Established Harness::establish() {
    Established made;
    from_pbx(invite());
    made.invite_b = last(to_carrier(), "INVITE");
    from_carrier(respond(*made.invite_b, 180, "b-tag", "sip:b@198.18.1.2:5060"));
    from_carrier(
        respond(*made.invite_b, 200, "b-tag", "sip:b@198.18.1.2:5060", sdp("198.18.1.2", 6000)));
    made.ok_a = last(to_pbx(), "200");
    (void)last(to_carrier(), "ACK");
    from_pbx(in_dialog("ACK", *made.ok_a, 1));
    return made;
}

}  // namespace portcullis::b2bua
