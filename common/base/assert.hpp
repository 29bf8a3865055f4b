// SPDX-License-Identifier: BSD-2-Clause
// PORTCULLIS_ASSERT: broken invariants end the process in every build; wire input is never
// asserted.
#pragma once

namespace portcullis {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace portcullis

#define PORTCULLIS_ASSERT(expression) \
    (static_cast<bool>(expression)    \
         ? void(0)                    \
         : ::portcullis::assertion_failed(#expression, __FILE__, __LINE__))
