// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sdp/session.hpp"

#include "common/base/text.hpp"

namespace portcullis::sdp {

std::string_view Line::attribute() const { return text::cut(value, ':').first; }

std::string_view Line::attribute_value() const { return text::cut(value, ':').second; }

}  // namespace portcullis::sdp
