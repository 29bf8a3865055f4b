// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/warning.hpp"

#include "signaling/sip/simple_headers.hpp"

namespace portcullis::sip {

std::string Warning::value() const { return print_warning(code_, "portcullis", text_); }

}  // namespace portcullis::sip
