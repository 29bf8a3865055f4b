// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/headers/change_log.hpp"

#include "common/base/text.hpp"

namespace portcullis::headers {
namespace {

constexpr std::size_t kShown = 160;

}  // namespace

std::string describe(const Change& change) {
    std::string out = text::printable(change.header, kShown);
    out += change.after.empty() ? " removed" : change.before.empty() ? " added" : " changed";
    if (!change.why.empty()) out += ": " + change.why;
    if (!change.before.empty()) out += "; was " + text::printable(change.before, kShown);
    if (!change.after.empty()) out += "; now " + text::printable(change.after, kShown);
    return out;
}

}  // namespace portcullis::headers
