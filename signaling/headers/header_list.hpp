// SPDX-License-Identifier: BSD-2-Clause
// HeaderList: header fields to be written, name and value, in order.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace portcullis::headers {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

}  // namespace portcullis::headers
