// SPDX-License-Identifier: BSD-2-Clause
// MacAddress: the six bytes of an Ethernet address.
#pragma once

#include <array>
#include <cstddef>

namespace portcullis::relay {

using MacAddress = std::array<std::byte, 6>;

}  // namespace portcullis::relay
