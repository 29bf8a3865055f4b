// SPDX-License-Identifier: BSD-2-Clause
// Telling the service manager how the process is doing (sd_notify protocol).
#pragma once

namespace portcullis::relay {

// Sends `state` ("READY=1") to the socket that $NOTIFY_SOCKET names; does nothing without one.
void notify_supervisor(const char* state);

}  // namespace portcullis::relay
