// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/link_target.hpp"
#include "mediarelay/datapath/stages.hpp"

namespace portcullis::relay {

void stage_link(Burst& burst, StageContext& context) {
    for_each_live(burst, [&](std::uint32_t i) {
        return check_target(context.sessions, burst.in[i], burst.out[i], burst.kinds[i]);
    });
}

}  // namespace portcullis::relay
