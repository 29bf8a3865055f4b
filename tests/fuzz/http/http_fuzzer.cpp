// SPDX-License-Identifier: BSD-2-Clause
// What the REST API reads itself: request targets, entity tags in conditions, JSON bodies, and the
// metrics of the daemons. The first byte chooses the reader.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/assert.hpp"
#include "mgmt-api/http/etag.hpp"
#include "mgmt-api/http/json.hpp"
#include "mgmt-api/http/target.hpp"
#include "mgmt-api/metrics/exposition.hpp"

namespace {

using namespace portcullis;
using namespace portcullis::mgmt;

bool is_clean(std::string_view text) {
    return is_utf8(text) && std::ranges::none_of(text, [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
}

std::string print(const Target& target) {
    std::string out;
    for (const auto& segment : target.segments) out += "/" + percent_encode(segment);
    char mark = '?';
    for (const auto& [name, value] : target.query) {
        out += mark + percent_encode(name) + "=" + percent_encode(value);
        mark = '&';
    }
    return out;
}

void read_target(std::string_view text) {
    const auto target = parse_target(text);
    if (!target) return;
    for (const auto& segment : target->segments) PORTCULLIS_ASSERT(is_clean(segment));
    for (const auto& [name, value] : target->query) {
        PORTCULLIS_ASSERT(is_clean(name) && is_clean(value));
    }
    const auto again = parse_target(print(*target));
    PORTCULLIS_ASSERT(again && again->segments == target->segments);
    PORTCULLIS_ASSERT(again->query == target->query);
}

std::size_t depth(const Json& value) {
    if (!value.is_structured()) return 0;
    std::size_t deepest = 0;
    for (const auto& inner : value) deepest = std::max(deepest, depth(inner));
    return deepest + 1;
}

void read_json(std::string_view text) {
    const auto value = parse_json(text);
    if (!value) {
        PORTCULLIS_ASSERT(!value.error().text().empty());
        return;
    }
    PORTCULLIS_ASSERT(depth(*value) <= kMaxJsonDepth);
    const auto again = parse_json(print_json(*value));
    PORTCULLIS_ASSERT(again && print_json(*again) == print_json(*value));
}

void read_condition(std::string_view text) {
    Request request;
    request.headers = {{"if-match", std::string(text)}};
    const bool writes = !check_write(request, 17, IfMatch::Required);
    PORTCULLIS_ASSERT(!writes || text.find('*') != std::string_view::npos ||
                      text.find(etag_of(17)) != std::string_view::npos);
    request.headers = {{"if-none-match", std::string(text)}};
    const bool creates = !check_write(request, 17, IfMatch::Required);
    PORTCULLIS_ASSERT(!creates);
    (void)not_modified(request, 17);
}

void read_metrics(std::string_view text) {
    Exposition page;
    page.absorb(text);
    Exposition again;
    PORTCULLIS_ASSERT(again.absorb(page.text()) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
        case 't':
            read_target(text);
            break;
        case 'j':
            read_json(text);
            break;
        case 'e':
            read_condition(text);
            break;
        case 'm':
            read_metrics(text);
            break;
        default:
            break;
    }
    return 0;
}
