// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/loop_guard.hpp"

#include <algorithm>
#include <set>

namespace portcullis::b2bua {

void LoopGuard::Token::release() {
    if (!count_) return;
    auto& entries = count_->entries;
    const auto mine = std::find(entries.begin(), entries.end(), mine_);
    if (mine != entries.end()) entries.erase(mine);
    count_.reset();
}

bool LoopGuard::enter(const std::string& ingress, const std::string& calling,
                      const std::string& called, const std::string& egress, std::uint32_t hops,
                      TimePoint now, Token& token) {
    if (counts_.size() >= sweep_at_) sweep();
    auto& count = counts_[ingress + '\n' + calling + '\n' + called + '\n' + egress];
    if (!count) count = std::make_shared<Count>();
    std::set<std::uint32_t> before;
    std::size_t recent = 0;
    for (const auto& entry : count->entries) {
        if (now - entry.began >= kWindow) continue;
        ++recent;
        if (entry.hops > hops) before.insert(entry.hops);
    }
    if (before.size() >= kLimit || recent >= kTotalLimit) return false;
    token.release();
    token.count_ = count;
    token.mine_ = {now, hops};
    count->entries.push_back(token.mine_);
    return true;
}

// Forgets what nobody is counted in any more; the cost is spread over as many entries as are left.
void LoopGuard::sweep() {
    std::erase_if(counts_, [](const auto& entry) { return entry.second->entries.empty(); });
    sweep_at_ = std::max<std::size_t>(64, counts_.size() * 2);
}

}  // namespace portcullis::b2bua
