// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/locate/name_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "tests/unit/locate/wire.hpp"

extern char** environ;

namespace portcullis::locate {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

UniqueFd bound_socket(int type, std::uint16_t& port) {
    UniqueFd socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(port);
    socklen_t length = sizeof(address);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), raw, length) != 0 || ::getsockname(socket.get(), raw, &length) != 0) {
        return UniqueFd();
    }
    port = ntohs(address.sin_port);
    return socket;
}

// Free for UDP and TCP at once.
std::uint16_t free_port() {
    for (int i = 0; i < 100; ++i) {
        std::uint16_t port = 0;
        const UniqueFd udp = bound_socket(SOCK_DGRAM, port);
        if (udp && bound_socket(SOCK_STREAM, port)) return port;
    }
    throw std::runtime_error("no free port");
}

Endpoint local_endpoint(std::uint16_t port) { return {*IpAddress::parse("127.0.0.1"), port}; }

// A query as wire bytes: the reply that Wire builds, with QR cleared.
std::string query_of(const Question& question) { return Wire(question).patch(2, 0x01).text(); }

}  // namespace

NameServer::NameServer(const std::string& lines) : port_(free_port()) { start(lines); }

NameServer::~NameServer() { kill(); }

Endpoint NameServer::endpoint() const { return local_endpoint(port_); }

void NameServer::restart(const std::string& lines) {
    kill();
    start(lines);
}

void NameServer::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void NameServer::start(const std::string& lines) {
    const auto file = dir_.path() / "dnsmasq.conf";
    std::ofstream(file) << "no-resolv\nno-hosts\nlisten-address=127.0.0.1\n"
                        << "bind-interfaces\nport=" << port_ << "\nuser=\npid-file=\n"
                        << "local=/example.test/\nlocal-ttl=60\nedns-packet-max=1232\n"
                        << lines;
    const std::string option = "--conf-file=" + file.string();
    const std::string log = "--log-facility=" + (dir_.path() / "log").string();
    std::vector<std::string> words{"dnsmasq", "--keep-in-foreground", option, log};
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    // sbin is not on everybody's path.
    if (::posix_spawn(&pid_, "/usr/sbin/dnsmasq", nullptr, nullptr, argv.data(), environ) != 0) {
        throw std::runtime_error("dnsmasq does not start; install dnsmasq-base");
    }
    if (!wait_until([this] { return answers(); })) {
        throw std::runtime_error("dnsmasq does not answer; see deploy/setup.sh for its package");
    }
}

bool NameServer::answers() const {
    return !ask_over_udp(port_, query_of({"ready.example.test", RecordType::A}),
                         std::chrono::milliseconds(50))
                .empty();
}

UdpServer::UdpServer(Handler handler) : handler_(std::move(handler)) {
    socket_ = bound_socket(SOCK_DGRAM, port_);
    thread_ = std::thread([this] { run(); });
}

UdpServer::~UdpServer() {
    stopping_ = true;
    thread_.join();
}

Endpoint UdpServer::endpoint() const { return local_endpoint(port_); }

void UdpServer::run() {
    while (!stopping_) {
        pollfd ready{socket_.get(), POLLIN, 0};
        if (::poll(&ready, 1, 20) <= 0) continue;
        char buffer[4096];
        sockaddr_in from{};
        socklen_t length = sizeof(from);
        auto* const raw = reinterpret_cast<sockaddr*>(&from);
        const ssize_t size = ::recvfrom(socket_.get(), buffer, sizeof(buffer), 0, raw, &length);
        if (size <= 0) continue;
        ++received_;
        const std::string answer = handler_(std::string(buffer, static_cast<std::size_t>(size)));
        if (!answer.empty()) {
            (void)::sendto(socket_.get(), answer.data(), answer.size(), 0, raw, length);
        }
    }
}

std::string ask_over_udp(std::uint16_t port, const std::string& query,
                         std::chrono::milliseconds patience) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    const auto* const raw = reinterpret_cast<const sockaddr*>(&address);
    (void)::sendto(socket.get(), query.data(), query.size(), 0, raw, sizeof(address));
    pollfd ready{socket.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0) return {};
    char buffer[4096];
    const ssize_t size = ::recv(socket.get(), buffer, sizeof(buffer), 0);
    return size <= 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
}

bool wait_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace portcullis::locate
