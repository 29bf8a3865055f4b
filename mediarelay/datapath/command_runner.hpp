// SPDX-License-Identifier: BSD-2-Clause
// Carries out control's commands on a worker's flows and tables.
#pragma once

#include "mediarelay/datapath/stage_context.hpp"

namespace portcullis::relay {

// On the worker's thread, between bursts.
[[nodiscard]] WorkerCompletion::Result run_command(StageContext& context, const CommandBody& body);

}  // namespace portcullis::relay
