// SPDX-License-Identifier: BSD-2-Clause
// The XDP program in the kernel, frame by frame, in a network namespace of the test's own. Needs
// root; skipped without.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sched.h>
#include <unistd.h>

#include <cstring>

#include "mediarelay/kernel/netlink.hpp"
#include "mediarelay/xdp/xdp_control.hpp"
#include "mediarelay/xdp/xdp_program.hpp"
#include "tests/unit/relay_control/fakes.hpp"

namespace portcullis::relay {
namespace {

using namespace test;
using Frame = std::vector<std::uint8_t>;

void put16(Frame& frame, unsigned value) {
    frame.push_back(static_cast<std::uint8_t>(value >> 8));
    frame.push_back(static_cast<std::uint8_t>(value));
}

void put(Frame& frame, const IpAddress& address) {
    for (const std::byte b : address.bytes()) frame.push_back(std::to_integer<std::uint8_t>(b));
}

Frame ethernet(unsigned type) {
    Frame frame(12, 2);
    put16(frame, type);
    return frame;
}

void put_udp(Frame& frame, unsigned port) {
    put16(frame, 5000);
    put16(frame, port);
    put16(frame, 28);
    put16(frame, 0);
    frame.insert(frame.end(), 20, 0x80);
}

struct Shape {
    unsigned fragment = 0;  // the field with flags and offset
    unsigned options = 0;   // 32-bit words
    std::uint8_t protocol = 17;
};

Frame ipv4(const char* source, const char* destination, unsigned port, Shape shape = {}) {
    Frame frame = ethernet(0x0800);
    frame.push_back(static_cast<std::uint8_t>(0x45 + shape.options));
    frame.push_back(0);
    put16(frame, 48 + 4 * shape.options);
    put16(frame, 1);
    put16(frame, shape.fragment);
    frame.push_back(64);
    frame.push_back(shape.protocol);
    put16(frame, 0);
    put(frame, ip(source));
    put(frame, ip(destination));
    frame.insert(frame.end(), 4 * shape.options, 1);
    put_udp(frame, port);
    return frame;
}

Frame ipv6(const char* source, const char* destination, unsigned port, int fragment = -1) {
    Frame frame = ethernet(0x86dd);
    put16(frame, 0x6000);
    put16(frame, 0);
    put16(frame, fragment < 0 ? 28 : 36);
    frame.push_back(fragment < 0 ? 17 : 44);
    frame.push_back(64);
    put(frame, ip(source));
    put(frame, ip(destination));
    if (fragment >= 0) {
        frame.push_back(17);
        frame.push_back(0);
        put16(frame, static_cast<unsigned>(fragment));
        put16(frame, 0);
        put16(frame, 7);
    }
    put_udp(frame, port);
    return frame;
}

Frame cut(Frame frame, std::size_t bytes) {
    frame.resize(bytes);
    return frame;
}

// A program that is not ours: it passes everything.
UniqueFd load_foreign() {
    const bpf_insn pass[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K,
         .dst_reg = 0,
         .src_reg = 0,
         .off = 0,
         .imm = XDP_PASS},
        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    return UniqueFd(
        bpf_prog_load(BPF_PROG_TYPE_XDP, "foreign", "GPL", pass, std::size(pass), nullptr));
}

class XdpTest : public testing::Test {
 protected:
    void SetUp() override {
        if (::geteuid() != 0 || ::unshare(CLONE_NEWNET) != 0) {
            GTEST_SKIP() << "needs root, to load programs and to have a network of its own";
        }
        auto netlink = Netlink::open();
        ASSERT_TRUE(netlink);
        link = netlink->link("lo").value();
        ASSERT_TRUE(attach());
        auto found = XdpControl::find(link);
        ASSERT_TRUE(found) << found.error().text();
        control.emplace(std::move(*found));
        ASSERT_TRUE(control->apply({{ip("198.18.0.1"), {20000, 20999}},
                                    {ip("198.18.0.1"), {30000, 30001}},
                                    {ip("fd00::1"), {20000, 20999}}}));
    }
    void TearDown() override {
        if (control) control->detach();
        bpf_object__close(object);
    }
    // As the AF_XDP driver does it.
    bool attach() {
        const auto file = XdpProgramFile::create();
        if (!file) return false;
        object = bpf_object__open_file(file->path().c_str(), nullptr);
        if (object == nullptr || bpf_object__load(object) != 0) return false;
        const auto* program = bpf_object__next_program(object, nullptr);
        fd = bpf_program__fd(program);
        return bpf_xdp_attach(link.index, fd, XDP_FLAGS_SKB_MODE, nullptr) == 0;
    }
    int verdict(const Frame& frame) const {
        LIBBPF_OPTS(bpf_test_run_opts, options);
        options.data_in = frame.data();
        options.data_size_in = static_cast<std::uint32_t>(frame.size());
        options.repeat = 1;
        return bpf_prog_test_run_opts(fd, &options) == 0 ? static_cast<int>(options.retval) : -1;
    }

    Link link;
    bpf_object* object = nullptr;
    int fd = -1;
    std::optional<XdpControl> control;
};

// Without a socket in the map media is dropped: that is how a redirected frame shows here.
TEST_F(XdpTest, TakesMediaAndNothingElse) {
    struct Case {
        const char* name;
        Frame frame;
        int want;
    };
    const char* us = "198.18.0.1";
    const char* peer = "198.18.0.2";
    const Case cases[] = {
        {"first port", ipv4(peer, us, 20000), XDP_DROP},
        {"last port", ipv4(peer, us, 20999), XDP_DROP},
        {"second range of the address", ipv4(peer, us, 30001), XDP_DROP},
        {"below the range", ipv4(peer, us, 19999), XDP_PASS},
        {"above the range", ipv4(peer, us, 21000), XDP_PASS},
        {"SIP", ipv4(peer, us, 5060), XDP_PASS},
        {"another address", ipv4(peer, "198.18.0.3", 20000), XDP_PASS},
        {"TCP to a media port", ipv4(peer, us, 20000, {.protocol = 6}), XDP_PASS},
        {"IPv4 options", ipv4(peer, us, 20000, {.options = 3}), XDP_DROP},
        {"first fragment (RFC 791)", ipv4(peer, us, 20000, {.fragment = 0x2000}), XDP_DROP},
        {"further fragment", ipv4(peer, us, 20000, {.fragment = 0x2010}), XDP_PASS},
        {"IPv6", ipv6("fd00::2", "fd00::1", 20000), XDP_DROP},
        {"IPv6 below the range", ipv6("fd00::2", "fd00::1", 19999), XDP_PASS},
        {"IPv6 to another address", ipv6("fd00::2", "fd00::3", 20000), XDP_PASS},
        {"IPv6 first fragment (RFC 8200 4.5)", ipv6("fd00::2", "fd00::1", 20000, 1), XDP_DROP},
        {"IPv6 further fragment", ipv6("fd00::2", "fd00::1", 20000, 0x11), XDP_PASS},
        {"ARP", ethernet(0x0806), XDP_PASS},
        {"cut in the IP header", cut(ipv4(peer, us, 20000), 30), XDP_PASS},
        {"cut in the UDP header", cut(ipv4(peer, us, 20000), 38), XDP_PASS},
    };
    for (const auto& row : cases) EXPECT_EQ(verdict(row.frame), row.want) << row.name;
    const auto counters = control->counters();
    EXPECT_EQ(counters.no_socket, 5U);
    EXPECT_EQ(counters.fragments, 2U);
    EXPECT_EQ(counters.redirected, 0U);
    EXPECT_EQ(counters.banned, 0U);
}

TEST_F(XdpTest, RangesAndAddressesComeAndGo) {
    ASSERT_TRUE(control->apply({{ip("198.18.0.1"), {40000, 40999}}}));
    EXPECT_EQ(verdict(ipv4("198.18.0.2", "198.18.0.1", 20000)), XDP_PASS);
    EXPECT_EQ(verdict(ipv4("198.18.0.2", "198.18.0.1", 40000)), XDP_DROP);
    EXPECT_EQ(verdict(ipv6("fd00::2", "fd00::1", 20000)), XDP_PASS);
    ASSERT_TRUE(control->apply({}));
    EXPECT_EQ(verdict(ipv4("198.18.0.2", "198.18.0.1", 40000)), XDP_PASS);
}

TEST_F(XdpTest, BannedSourcesAreDroppedFromMediaOnly) {
    ASSERT_TRUE(control->set_bans({*Cidr::parse("203.0.113.0/24"), *Cidr::parse("fd66::/16")}));
    EXPECT_EQ(verdict(ipv4("203.0.113.77", "198.18.0.1", 20000)), XDP_DROP);
    EXPECT_EQ(verdict(ipv6("fd66::1", "fd00::1", 20000)), XDP_DROP);
    EXPECT_EQ(verdict(ipv4("203.0.113.77", "198.18.0.1", 5060)), XDP_PASS);
    EXPECT_EQ(control->counters().banned, 2U);
    ASSERT_TRUE(control->set_bans({}));
    EXPECT_EQ(verdict(ipv4("203.0.113.77", "198.18.0.1", 20000)), XDP_DROP);
    EXPECT_EQ(control->counters().banned, 2U) << "media like any other again";
}

TEST_F(XdpTest, ALeftoverIsDetachedAndAForeignProgramIsNot) {
    EXPECT_TRUE(XdpControl::remove_leftover(link));
    EXPECT_FALSE(XdpControl::find(link));
    EXPECT_TRUE(XdpControl::remove_leftover(link)) << "nothing there is fine";

    const UniqueFd foreign = load_foreign();
    ASSERT_TRUE(foreign);
    ASSERT_EQ(bpf_xdp_attach(link.index, foreign.get(), XDP_FLAGS_SKB_MODE, nullptr), 0);
    const auto refused = XdpControl::remove_leftover(link);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text().find("foreign"), std::string::npos);
    control->detach();
    LIBBPF_OPTS(bpf_xdp_query_opts, query);
    ASSERT_EQ(bpf_xdp_query(link.index, 0, &query), 0);
    EXPECT_NE(query.prog_id, 0U) << "still there";
}

// `ip link set dev X xdp off` while the relay runs.
TEST_F(XdpTest, AProgramTakenOffIsAttachedAgain) {
    control->watch();
    EXPECT_EQ(control->losses(), 0U);
    ASSERT_EQ(bpf_xdp_detach(link.index, XDP_FLAGS_SKB_MODE, nullptr), 0);
    control->watch();
    EXPECT_TRUE(control->attached());
    EXPECT_EQ(control->losses(), 1U);
    const auto found = XdpControl::find(link);
    ASSERT_TRUE(found) << found.error().text();
    EXPECT_EQ(found->mode(), "generic") << "as it was";
    EXPECT_EQ(verdict(ipv4("198.18.0.2", "198.18.0.1", 20000)), XDP_DROP) << "with its ports";
    control->watch();
    EXPECT_EQ(control->losses(), 1U);
}

TEST_F(XdpTest, AProgramInPlaceOfOursIsReportedAndOutlived) {
    const UniqueFd foreign = load_foreign();
    ASSERT_TRUE(foreign);
    ASSERT_EQ(bpf_xdp_attach(link.index, foreign.get(), XDP_FLAGS_SKB_MODE, nullptr), 0);
    control->watch();
    control->watch();
    EXPECT_FALSE(control->attached());
    EXPECT_NE(control->foreign().find("foreign"), std::string::npos);
    EXPECT_EQ(control->losses(), 1U) << "one loss, however often it is seen";
    ASSERT_EQ(bpf_xdp_detach(link.index, XDP_FLAGS_SKB_MODE, nullptr), 0);
    control->watch();
    EXPECT_TRUE(control->attached());
    EXPECT_EQ(control->foreign(), "");
    EXPECT_TRUE(XdpControl::find(link));
}

TEST_F(XdpTest, ClosingThePortLeavesAProgramInPlaceOfOurs) {
    const UniqueFd foreign = load_foreign();
    ASSERT_TRUE(foreign);
    ASSERT_EQ(bpf_xdp_attach(link.index, foreign.get(), XDP_FLAGS_SKB_MODE, nullptr), 0);
    control->detach();
    // As the AF_XDP driver does it, whatever is there.
    ASSERT_EQ(bpf_xdp_detach(link.index, XDP_FLAGS_SKB_MODE, nullptr), 0);
    control->put_foreign_back();
    const auto refused = XdpControl::remove_leftover(link);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text().find("foreign"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::relay
