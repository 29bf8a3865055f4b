// SPDX-License-Identifier: BSD-2-Clause
// Error codes of the control channels.
#pragma once

#include <system_error>

namespace portcullis::ipc {

enum class Errc { MalformedFrame = 1, Disconnected, TimedOut, Overflow, BadReply };

[[nodiscard]] std::error_code make_error_code(Errc code);

}  // namespace portcullis::ipc

template <>
struct std::is_error_code_enum<portcullis::ipc::Errc> : std::true_type {};
