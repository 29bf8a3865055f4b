// SPDX-License-Identifier: BSD-2-Clause
// The shard scanner on any bytes; where the parser accepts them, both must see the same.
#include <cstdlib>
#include <string>

#include "signaling/shard/shard_router.hpp"
#include "signaling/sip/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portcullis;
    const std::string raw(reinterpret_cast<const char*>(data), size);
    const shard::Scan found = shard::scan(raw);
    const shard::ShardRouter router{shard::SlotTable(7)};
    if (router.owner(found, ShardId{0}).value >= 7) std::abort();
    const auto parsed = sip::parse_message(raw);
    if (!parsed) return 0;
    const auto& facts = (*parsed)->essentials();
    if (found.is_response != (*parsed)->is_response() || found.call_id != facts.call_id ||
        found.to_tag != facts.to_tag || found.top_branch != facts.top_via.branch) {
        std::abort();
    }
    return 0;
}
