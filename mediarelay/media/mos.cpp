// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/media/mos.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

namespace portcullis::relay {

namespace {

struct Impairment {
    std::string_view encoding;
    double equipment;   // Ie: impairment of the codec without loss
    double robustness;  // Bpl: how much random loss it hides
};

// G.113 appendix I where it lists the codec (G.711 with the packet loss concealment of its appendix
// I); the rest, marked, is placed beside its nearest kin there. Wideband codecs are rated on the
// narrow-band scale, where they are not better than G.711.
constexpr std::array kImpairments{
    Impairment{"PCMU", 0, 25.1},   Impairment{"PCMA", 0, 25.1}, Impairment{"G729", 11, 19.0},
    Impairment{"G723", 15, 16.1},  Impairment{"GSM", 20, 10.0},  // Bpl: as GSM-EFR
    Impairment{"G722", 0, 25.1},                                 // as G.711
    Impairment{"AMR", 5, 10.0},                                  // as GSM-EFR
    Impairment{"AMR-WB", 5, 10.0},                               // as GSM-EFR
    Impairment{"iLBC", 11, 19.0},                                // as G.729
    Impairment{"opus", 0, 19.0},                                 // its concealment, as G.729's
};

Impairment impairment_of(std::string_view encoding) {
    for (const Impairment& row : kImpairments) {
        if (text::iequals(row.encoding, encoding)) return row;
    }
    return kImpairments.front();
}

// G.107 section 7.4, the part of Idd that is linear in the delay (Cole and Rosenbluth's fit).
double delay_impairment(double one_way_ms) {
    const double excess = one_way_ms > 177.3 ? one_way_ms - 177.3 : 0;
    return 0.024 * one_way_ms + 0.11 * excess;
}

}  // namespace

std::uint16_t mos_x100(const MosInput& input) {
    if (input.expected == 0) return 0;
    const Impairment codec = impairment_of(input.encoding);
    const double loss_percent = 100.0 * static_cast<double>(std::min(input.lost, input.expected)) /
                                static_cast<double>(input.expected);
    // Random loss (BurstR = 1): Ie,eff = Ie + (95 - Ie) * Ppl / (Ppl + Bpl).
    const double equipment = codec.equipment + (95.0 - codec.equipment) * loss_percent /
                                                   (loss_percent + codec.robustness);
    // A play-out buffer of twice the jitter, and one packet of 20 ms.
    const double delay_ms =
        static_cast<double>(input.one_way_ms) + 2.0 * input.jitter_us / 1000.0 + 20.0;
    const double rating = std::clamp(93.2 - delay_impairment(delay_ms) - equipment, 0.0, 100.0);
    // G.107 annex B.
    const double mos = 1.0 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
    return static_cast<std::uint16_t>(std::clamp(mos, 1.0, 4.5) * 100.0 + 0.5);
}

}  // namespace portcullis::relay
