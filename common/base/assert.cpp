// SPDX-License-Identifier: BSD-2-Clause
#include "common/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace portcullis {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "assertion failed: %s at %s:%d\n", expression, file, line);
    std::abort();
}

}  // namespace portcullis
