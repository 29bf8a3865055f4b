// SPDX-License-Identifier: BSD-2-Clause
/* The XDP program: media to the relay's socket, banned sources dropped, everything else to the
 * kernel.
 *
 * Media is UDP to an address in `media_addresses` and a port in that address's bitmap. When no
 * socket sits in `xsks_map` (the relay is restarting) media is dropped, so the kernel never answers
 * it with ICMP. The map layouts and the counter order are mirrored in xdp_control.hpp; the program
 * and map names are how a starting relay recognises one that a killed process left behind. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_QUEUES 64
#define MAX_ADDRESSES 256
#define MAX_BANS 65536
#define PORT_BITMAP_BYTES 8192
#define IP_OFFSET_MASK 0x1fff
#define IP_MORE_FRAGMENTS 0x2000
#define IP6_OFFSET_MASK 0xfff8
#define IP6_MORE_FRAGMENTS 0x0001

enum counter {
    COUNT_PASSED,
    COUNT_REDIRECTED,
    COUNT_NO_SOCKET,
    COUNT_FRAGMENT,
    COUNT_BANNED,
    COUNTERS
};

/* IPv4 addresses are kept in their IPv4-mapped form, so that one map serves both families. */
struct address {
    __u8 bytes[16];
};

struct port_bitmap {
    __u8 bits[PORT_BITMAP_BYTES];
};

struct source_prefix {
    __u32 length;
    struct address address;
};

struct ip6_fragment {
    __u8 next_header;
    __u8 reserved;
    __be16 offset_and_more;
    __be32 id;
};

struct {
    __uint(type, BPF_MAP_TYPE_XSKMAP);
    __uint(max_entries, MAX_QUEUES);
    __type(key, __u32);
    __type(value, __u32);
} xsks_map SEC(".maps");

/* Address to its slot in `media_ports`. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, MAX_ADDRESSES);
    __type(key, struct address);
    __type(value, __u32);
} media_addresses SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, MAX_ADDRESSES);
    __type(key, __u32);
    __type(value, struct port_bitmap);
} media_ports SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, MAX_BANS);
    __type(key, struct source_prefix);
    __type(value, __u32);
} banned_sources SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, COUNTERS);
    __type(key, __u32);
    __type(value, __u64);
} counters SEC(".maps");

static __always_inline int counted(enum counter which, int action) {
    __u32 key = which;
    __u64 *value = bpf_map_lookup_elem(&counters, &key);
    if (value) ++*value;
    return action;
}

static __always_inline void map_ipv4(struct address *out, __be32 address) {
    __builtin_memset(out->bytes, 0, 10);
    out->bytes[10] = 0xff;
    out->bytes[11] = 0xff;
    __builtin_memcpy(out->bytes + 12, &address, 4);
}

static __always_inline int is_media_port(__u32 slot, __u16 port) {
    const struct port_bitmap *ports = bpf_map_lookup_elem(&media_ports, &slot);
    return ports && (ports->bits[port >> 3] & (1U << (port & 7)));
}

static __always_inline int is_banned(const struct address *source) {
    struct source_prefix key = {.length = 128, .address = *source};
    return bpf_map_lookup_elem(&banned_sources, &key) != 0;
}

/* `first_fragment`: the UDP header is here but the rest is not: the relay does not reassemble. */
static __always_inline int judge_udp(struct xdp_md *ctx, const struct address *source, __u32 slot,
                                     const struct udphdr *udp, int first_fragment) {
    if ((const void *)(udp + 1) > (const void *)(long)ctx->data_end) return XDP_PASS;
    if (!is_media_port(slot, bpf_ntohs(udp->dest))) return counted(COUNT_PASSED, XDP_PASS);
    if (is_banned(source)) return counted(COUNT_BANNED, XDP_DROP);
    if (first_fragment) return counted(COUNT_FRAGMENT, XDP_DROP);
    /* The last argument's low bits are the answer for a queue without a socket. */
    const int action = (int)bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_DROP);
    return counted(action == XDP_REDIRECT ? COUNT_REDIRECTED : COUNT_NO_SOCKET, action);
}

static __always_inline int judge_ipv4(struct xdp_md *ctx, const struct iphdr *ip) {
    if ((const void *)(ip + 1) > (const void *)(long)ctx->data_end) return XDP_PASS;
    const __u16 fragment = bpf_ntohs(ip->frag_off);
    if (ip->ihl < 5 || ip->protocol != IPPROTO_UDP || (fragment & IP_OFFSET_MASK))
        return counted(COUNT_PASSED, XDP_PASS);
    struct address destination;
    struct address source;
    map_ipv4(&destination, ip->daddr);
    const __u32 *slot = bpf_map_lookup_elem(&media_addresses, &destination);
    if (!slot) return counted(COUNT_PASSED, XDP_PASS);
    map_ipv4(&source, ip->saddr);
    const struct udphdr *udp = (const void *)((const __u8 *)ip + ip->ihl * 4U);
    return judge_udp(ctx, &source, *slot, udp, fragment & IP_MORE_FRAGMENTS);
}

/* Extension headers other than a fragment header do not occur with media: the kernel has them. */
static __always_inline int judge_ipv6(struct xdp_md *ctx, const struct ipv6hdr *ip) {
    const void *end = (const void *)(long)ctx->data_end;
    if ((const void *)(ip + 1) > end) return XDP_PASS;
    if (ip->nexthdr != IPPROTO_UDP && ip->nexthdr != IPPROTO_FRAGMENT)
        return counted(COUNT_PASSED, XDP_PASS);
    struct address destination;
    struct address source;
    __builtin_memcpy(destination.bytes, &ip->daddr, 16);
    const __u32 *slot = bpf_map_lookup_elem(&media_addresses, &destination);
    if (!slot) return counted(COUNT_PASSED, XDP_PASS);
    __builtin_memcpy(source.bytes, &ip->saddr, 16);
    if (ip->nexthdr == IPPROTO_UDP)
        return judge_udp(ctx, &source, *slot, (const void *)(ip + 1), 0);
    const struct ip6_fragment *fragment = (const void *)(ip + 1);
    if ((const void *)(fragment + 1) > end) return XDP_PASS;
    const __u16 place = bpf_ntohs(fragment->offset_and_more);
    if (fragment->next_header != IPPROTO_UDP || (place & IP6_OFFSET_MASK))
        return counted(COUNT_PASSED, XDP_PASS);
    return judge_udp(ctx, &source, *slot, (const void *)(fragment + 1),
                     place & IP6_MORE_FRAGMENTS);
}

SEC("xdp")
int pc_media_redir(struct xdp_md *ctx) {
    const struct ethhdr *ethernet = (const void *)(long)ctx->data;
    if ((const void *)(ethernet + 1) > (const void *)(long)ctx->data_end) return XDP_PASS;
    if (ethernet->h_proto == bpf_htons(ETH_P_IP)) return judge_ipv4(ctx, (const void *)(ethernet + 1));
    if (ethernet->h_proto == bpf_htons(ETH_P_IPV6))
        return judge_ipv6(ctx, (const void *)(ethernet + 1));
    return counted(COUNT_PASSED, XDP_PASS);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
