// SPDX-License-Identifier: BSD-2-Clause
#include "tests/bench/sip_load/mix.hpp"

#include <array>

namespace portcullis::bench {

namespace {

using std::chrono::milliseconds;

constexpr std::array kRefusals{404, 480, 486, 500, 503, 600, 603};
constexpr std::uint64_t kMaxAnswerMs = 40;  // a CANCEL within the same time often crosses the 200
constexpr std::uint64_t kMaxTalkMs = 200;

// SplitMix64: numbers without a visible pattern from a counter.
class Draw {
 public:
    explicit Draw(std::uint64_t state) : state_(state) {}
    // 0 to below - 1
    std::uint64_t below(std::uint64_t below) {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return (z ^ (z >> 31U)) % below;
    }
    milliseconds ms(std::uint64_t most) { return milliseconds(below(most + 1)); }

 private:
    std::uint64_t state_;
};

}  // namespace

std::string_view name(Story story) {
    constexpr std::array<std::string_view, kStories> kNames{"plain", "cancel", "reinvite", "refuse",
                                                            "ring",  "lost",   "mute"};
    return kNames[static_cast<std::size_t>(story)];
}

Plan Mix::plan_of(std::uint32_t call) const {
    if (shares_.sum() == 0) return {};
    Draw draw(seed_ ^ std::uint64_t{call} << 32U);
    (void)draw.below(2);
    const std::array<std::pair<unsigned, Story>, 6> shares{{{shares_.cancel, Story::Cancel},
                                                            {shares_.reinvite, Story::Reinvite},
                                                            {shares_.refuse, Story::Refuse},
                                                            {shares_.ring, Story::Ring},
                                                            {shares_.lost, Story::Lost},
                                                            {shares_.mute, Story::Mute}}};
    Plan plan;
    auto left = draw.below(100);
    for (const auto& [share, story] : shares) {
        if (left < share) {
            plan.story = story;
            break;
        }
        left -= share;
    }
    plan.refusal = kRefusals[draw.below(kRefusals.size())];
    plan.answer_after = draw.ms(kMaxAnswerMs);
    plan.cancel_after = draw.ms(kMaxAnswerMs);
    plan.talk = draw.ms(kMaxTalkMs);
    return plan;
}

}  // namespace portcullis::bench
