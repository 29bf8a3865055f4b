// SPDX-License-Identifier: BSD-2-Clause
// Mix: what becomes of each call where not all are to go well, drawn from a seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace portcullis::bench {

// Both sides play the same story; who ends it and how is in the comment.
enum class Story : std::uint8_t {
    Plain,     // answered; BYE
    Cancel,    // the caller cancels while the callee is about to answer: either may be first
    Reinvite,  // answered; the caller holds by a re-INVITE, then BYE
    Refuse,    // a final response of 400 to 699
    Ring,      // rings until the caller cancels
    Lost,      // the first copy of the INVITE is lost, and the caller cancels before the second
    Mute,      // the callee says nothing at all, and the caller cancels
};
inline constexpr std::size_t kStories = 7;
[[nodiscard]] std::string_view name(Story story);

// In percent of all calls; what is left is Plain.
struct MixShares {
    unsigned cancel = 0;
    unsigned reinvite = 0;
    unsigned refuse = 0;
    unsigned ring = 0;
    unsigned lost = 0;
    unsigned mute = 0;
    [[nodiscard]] unsigned sum() const { return cancel + reinvite + refuse + ring + lost + mute; }
};

struct Plan {
    Story story = Story::Plain;
    int refusal = 0;                           // Refuse: the status
    std::chrono::milliseconds answer_after{};  // INVITE to the final response, at the callee
    std::chrono::milliseconds
        cancel_after{};                // first provisional response to CANCEL, at the caller
    std::chrono::milliseconds talk{};  // ACK to the re-INVITE or BYE
};

// A value. The plan of a call follows from the seed and the call's number alone, so both sides know
// it, and another run with the same seed has the same calls.
class Mix {
 public:
    Mix() = default;  // only Plain, without any delay
    Mix(const MixShares& shares, std::uint64_t seed) : shares_(shares), seed_(seed) {}

    [[nodiscard]] Plan plan_of(std::uint32_t call) const;

 private:
    MixShares shares_;
    std::uint64_t seed_ = 0;
};

}  // namespace portcullis::bench
