// SPDX-License-Identifier: BSD-2-Clause
#include "policy/gateway_order.hpp"

#include <algorithm>

namespace portcullis::policy {
namespace {

// The SplitMix64 sequence: spreads one number over as many draws as there are gateways.
std::uint64_t next(std::uint64_t& state) {
    state += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

using Iterator = std::vector<const Gateway*>::iterator;

void draw(Iterator first, Iterator last, std::uint64_t& state) {
    std::uint64_t total = 0;
    for (Iterator it = first; it != last; ++it) total += (*it)->weight;
    for (; first != last; ++first) {
        std::uint64_t at = next(state) % total;
        Iterator chosen = first;
        while (at >= (*chosen)->weight) at -= (*chosen++)->weight;
        total -= (*chosen)->weight;
        std::rotate(first, chosen, chosen + 1);
    }
}

}  // namespace

std::vector<const Gateway*> gateway_order(const Trunk& trunk, std::uint64_t entropy) {
    std::vector<const Gateway*> out;
    out.reserve(trunk.gateways.size());
    for (const Gateway& gateway : trunk.gateways) out.push_back(&gateway);
    for (Iterator first = out.begin(); first != out.end();) {
        const Iterator last = std::find_if(first, out.end(), [first](const Gateway* gateway) {
            return gateway->priority != (*first)->priority;
        });
        draw(first, last, entropy);
        first = last;
    }
    return out;
}

}  // namespace portcullis::policy
