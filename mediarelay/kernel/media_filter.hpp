// SPDX-License-Identifier: BSD-2-Clause
// MediaFilter: keeps the kernel from answering packets to media ports (nftables).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "mediarelay/kernel/media_range.hpp"

struct nft_ctx;

namespace portcullis::relay {

// The nftables commands that put exactly `ranges` into our table, in one transaction, whatever a
// former process left there. Pure.
[[nodiscard]] std::string filter_commands(const std::vector<MediaRange>& ranges);

// One per process, control thread. The kernel's stack sees copies of what an AF_PACKET socket
// receives, and for a moment everything while an XDP program is exchanged; without the table it
// would answer with ICMP port unreachable, which ends many senders' calls. The table outlives the
// process on purpose (a restart stays silent): remove() is for the orderly stop.
class MediaFilter {
 public:
    // Errors: Filter.
    [[nodiscard]] static Result<MediaFilter> open();

    // Errors: Filter, with what nftables says; NoPrivilege.
    [[nodiscard]] Status apply(const std::vector<MediaRange>& ranges);
    void remove();

 private:
    struct Free {
        void operator()(nft_ctx* context) const;
    };
    explicit MediaFilter(nft_ctx* context) : context_(context) {}
    [[nodiscard]] Status run(const std::string& commands);

    std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace portcullis::relay
