// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/stream_stats.hpp"

namespace portcullis::relay {

namespace {

// RFC 3550 appendix A.1.
constexpr std::uint32_t kMaxDropout = 3000;
constexpr std::uint32_t kMaxMisorder = 100;
constexpr std::uint32_t kSequenceModulus = 0x10000;
constexpr std::uint32_t kWindow = 32;

}  // namespace

std::uint64_t SequenceTracker::lost(const SequenceHistory& history, std::uint64_t received) const {
    const std::uint64_t wanted = expected(history);
    const std::uint64_t strays = history.strays.get();
    const std::uint64_t got = received > strays ? received - strays : 0;
    return wanted > got ? wanted - got : 0;
}

void SequenceTracker::begin_run(SequenceHistory& history, std::uint32_t first, std::uint32_t last) {
    history.prior_expected.set(expected(history));
    history.expected_stray = SequenceHistory::kNoStray;
    history.base.set(first);
    highest.set(last);
    window = first == last ? 1U : 3U;
}

Arrival SequenceTracker::on_irregular(SequenceHistory& history, std::uint32_t packet_ssrc,
                                      std::uint16_t sequence) {
    const std::uint32_t fresh = kSequenceModulus | sequence;
    if (window == 0 || packet_ssrc != ssrc.get()) {
        const bool first = window == 0;
        if (!first) history.ssrc_changes.add(1);
        begin_run(history, fresh, fresh);
        ssrc.set(packet_ssrc);
        return first ? Arrival::First : Arrival::NewSource;
    }
    const std::uint32_t top = highest.get();
    const std::uint32_t ahead = (sequence - top) & (kSequenceModulus - 1);
    if (ahead > 0 && ahead < kMaxDropout) {
        highest.set(top + ahead);
        window = ahead < kWindow ? (window << ahead) | 1U : 1U;
        return ahead == 1 ? Arrival::InOrder : Arrival::Gap;
    }
    const std::uint32_t behind = (top - sequence) & (kSequenceModulus - 1);
    if (behind <= kMaxMisorder) {
        const std::uint32_t number = top - behind;
        if (number < history.base.get()) history.base.set(number);
        const std::uint32_t bit = behind < kWindow ? 1U << behind : 0U;
        if ((window & bit) != 0) {
            history.duplicates.add(1);
            return Arrival::Duplicate;
        }
        window |= bit;
        history.reordered.add(1);
        return Arrival::Reordered;
    }
    if (sequence == history.expected_stray) {
        // A.1: two packets in sequence after the jump: the source restarted. The stray before this
        // one was its first.
        history.strays.set(history.strays.get() - 1);
        begin_run(history, fresh - 1, fresh);
        return Arrival::Restarted;
    }
    history.expected_stray = (sequence + 1U) & (kSequenceModulus - 1);
    history.strays.add(1);
    return Arrival::Stray;
}

void JitterEstimator::start(std::uint32_t now, std::uint32_t clock_rate) {
    const std::uint32_t before = clock.get() & ~kUnset;
    if (before != 0 && before != clock_rate) {
        // Keep what was measured, in the new unit.
        const auto scale = [&](std::uint32_t value) {
            return static_cast<std::uint32_t>(std::uint64_t{value} * clock_rate / before);
        };
        jitter.set(scale(jitter.get()));
        highest_jitter.set(scale(highest_jitter.get()));
    }
    transit = now;
    clock.set(clock_rate);
}

std::uint32_t JitterEstimator::to_us(std::uint32_t scaled) const {
    const std::uint32_t rate = clock.get() & ~kUnset;
    return rate == 0 ? 0
                     : static_cast<std::uint32_t>((std::uint64_t{scaled} * 1000000U / rate) >> 4);
}

}  // namespace portcullis::relay
