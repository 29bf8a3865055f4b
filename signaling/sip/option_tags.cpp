// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/option_tags.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {
namespace {

bool contains(std::span<const std::string_view> options, std::string_view option) {
    return std::any_of(options.begin(), options.end(),
                       [&](std::string_view other) { return text::iequals(other, option); });
}

}  // namespace

std::vector<std::string_view> option_tags(const Message& message, HeaderId header) {
    // More than all that were ever registered; a longer list is no reason for more work.
    constexpr std::size_t kMaxOptions = 64;
    std::vector<std::string_view> out;
    for (const auto option : message.values(header)) {
        if (out.size() < kMaxOptions && is_token(option) && !contains(out, option)) {
            out.push_back(option);
        }
    }
    return out;
}

bool understands(const Message& message, std::string_view option) {
    return message.lists(HeaderId::Supported, option) || message.lists(HeaderId::Require, option);
}

std::string unsupported_options(const Message& request, HeaderId header,
                                std::span<const std::string_view> known) {
    auto options = option_tags(request, header);
    std::erase_if(options, [&](std::string_view option) { return contains(known, option); });
    return print_options(options);
}

std::string print_options(std::span<const std::string_view> options) {
    std::string out;
    for (const auto option : options) {
        if (!out.empty()) out += ", ";
        out += option;
    }
    return out;
}

}  // namespace portcullis::sip
