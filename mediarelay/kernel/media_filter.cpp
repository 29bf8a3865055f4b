// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/kernel/media_filter.hpp"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include "common/base/text.hpp"
#include "mediarelay/kernel/errc.hpp"

namespace portcullis::relay {

namespace {

constexpr const char* kTable = "inet portcullis_media";

// Adding first makes deleting succeed whether or not the table was there.
std::string removal_commands() { return fmt::format("add table {0}\ndelete table {0}\n", kTable); }

}  // namespace

std::string filter_commands(const std::vector<MediaRange>& ranges) {
    std::string commands = removal_commands();
    if (ranges.empty()) return commands;
    // Before connection tracking (priority -200): media must not fill its table.
    commands += fmt::format(
        "add table {0}\nadd chain {0} prerouting "
        "{{ type filter hook prerouting priority -310; policy accept; }}\n",
        kTable);
    // A later fragment has no ports: where they would stand is payload, and nftables would read it.
    commands += fmt::format(
        "add rule {0} prerouting ip frag-off & 0x1fff != 0 accept\n"
        "add rule {0} prerouting frag frag-off != 0 accept\n",
        kTable);
    for (const auto& range : ranges) {
        commands += fmt::format("add rule {} prerouting {} daddr {} udp dport {}-{} counter drop\n",
                                kTable, range.address.is_v4() ? "ip" : "ip6", range.address.text(),
                                range.ports.first, range.ports.last);
    }
    return commands;
}

void MediaFilter::Free::operator()(nft_ctx* context) const { nft_ctx_free(context); }

Result<MediaFilter> MediaFilter::open() {
    nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
    if (context == nullptr) return fail(KernelErrc::Filter, "nftables context");
    MediaFilter filter(context);
    nft_ctx_buffer_output(context);
    nft_ctx_buffer_error(context);
    return filter;
}

Status MediaFilter::run(const std::string& commands) {
    if (nft_run_cmd_from_buffer(context_.get(), commands.c_str()) == 0) {
        nft_ctx_get_output_buffer(context_.get());
        return {};
    }
    const char* words = nft_ctx_get_error_buffer(context_.get());
    const std::string reason =
        text::printable(text::cut(words == nullptr ? "" : words, '\n').first, 200);
    if (reason.find("Operation not permitted") != std::string::npos) {
        return fail(KernelErrc::NoPrivilege, "nftables needs CAP_NET_ADMIN");
    }
    return fail(KernelErrc::Filter, reason);
}

Status MediaFilter::apply(const std::vector<MediaRange>& ranges) {
    return run(filter_commands(ranges));
}

void MediaFilter::remove() { static_cast<void>(run(removal_commands())); }

}  // namespace portcullis::relay
