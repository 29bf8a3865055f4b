// SPDX-License-Identifier: BSD-2-Clause
// Pipeline: the ordered call of the stages.
#pragma once

#include "mediarelay/datapath/burst.hpp"
#include "mediarelay/datapath/stage_context.hpp"

namespace portcullis::relay {

// The bursts of one worker. `packets` is filled by the caller, then run; both are empty afterwards.
class Pipeline {
 public:
    Burst packets;

    // From frames as received to frames sent, dropped or given away.
    void run(StageContext& context);
    // Packets that another worker finished: only send. `ports` must be set.
    void transmit(StageContext& context);

 private:
    Burst copies_;
};

}  // namespace portcullis::relay
