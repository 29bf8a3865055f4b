// SPDX-License-Identifier: BSD-2-Clause
#include <cstring>

#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

namespace {

constexpr std::array kOutcomeOf{
    kPending,
    Outcome::Runt,
    Outcome::NotIp,
    Outcome::BadIpv4,
    Outcome::Ipv4Fragment,
    Outcome::BadIpv6,
    Outcome::Ipv6Fragment,
    Outcome::Ipv6Extension,
    Outcome::NotUdp,
    Outcome::BadUdp,
};
static_assert(kOutcomeOf.size() == static_cast<std::size_t>(FrameError::BadUdp) + 1);

}  // namespace

void stage_parse(Burst& burst, StageContext& context) {
    for_each_live(burst, [&](std::uint32_t i) {
        const rte_mbuf& mbuf = *burst.mbufs[i];
        const PortBinding* binding = context.binding(mbuf.port);
        if (binding == nullptr) return Outcome::NoPort;
        if (mbuf.nb_segs != 1) return Outcome::Segmented;
        const std::byte* data = burst.data(i);
        if (mbuf.data_len >= kEthernetHeader &&
            std::memcmp(data, binding->mac.data(), binding->mac.size()) != 0) {
            return Outcome::NotOurMac;
        }
        FrameView& frame = burst.frames[i];
        frame = parse_frame(data, mbuf.data_len);
        // Some drivers take the tag off the frame and put it beside it.
        if ((mbuf.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) frame.vlan = mbuf.vlan_tci & 0xfffU;
        return kOutcomeOf[static_cast<std::size_t>(frame.error)];
    });
}

}  // namespace portcullis::relay
