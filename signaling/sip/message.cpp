// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/sip/message.hpp"

#include <algorithm>
#include <thread>

#include "common/base/assert.hpp"
#include "common/base/text.hpp"
#include "signaling/sip/draft.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::sip {

void Message::decode() const noexcept {
    // Not std::call_once, which makes a system call each time it has run.
    auto before = Decoding::No;
    if (decoded_.compare_exchange_strong(before, Decoding::Now, std::memory_order_acquire)) {
        (void)decode_essentials(*this, nullptr, essentials_);
        decoded_.store(Decoding::Done, std::memory_order_release);
        return;
    }
    // Another thread is at it, for about a microsecond.
    while (decoded_.load(std::memory_order_acquire) != Decoding::Done) std::this_thread::yield();
}

HeaderView Message::header_at(std::size_t index) const {
    PORTCULLIS_ASSERT(index < headers_.size());
    const auto& field = headers_[index];
    return {field.id, view(field.name), view(field.value)};
}

std::optional<std::string_view> Message::header(HeaderId id) const {
    if (id == HeaderId::Unknown) return std::nullopt;
    for (const auto& field : headers_) {
        if (field.id == id) return view(field.value);
    }
    return std::nullopt;
}

std::optional<std::string_view> Message::header(std::string_view name) const {
    if (const auto id = find_header(name); id != HeaderId::Unknown) return header(id);
    for (const auto& field : headers_) {
        if (field.id == HeaderId::Unknown && text::iequals(view(field.name), name)) {
            return view(field.value);
        }
    }
    return std::nullopt;
}

std::size_t Message::count(HeaderId id) const {
    return static_cast<std::size_t>(
        std::count_if(headers_.begin(), headers_.end(),
                      [&](const HeaderField& field) { return field.id == id; }));
}

std::vector<std::string_view> Message::values(HeaderId id) const {
    std::vector<std::string_view> out;
    if (id == HeaderId::Unknown) return out;
    const bool list = describe(id).list;
    for (const auto& field : headers_) {
        if (field.id != id) continue;
        if (!list) {
            out.push_back(view(field.value));
            continue;
        }
        for_each_value(view(field.value), [&](std::string_view value) {
            if (!value.empty()) out.push_back(value);
            return true;
        });
    }
    return out;
}

bool Message::lists(HeaderId id, std::string_view token) const {
    bool found = false;
    for (const auto& field : headers_) {
        if (field.id != id || found) continue;
        for_each_value(view(field.value), [&](std::string_view value) {
            found = text::iequals(value, token);
            return !found;
        });
    }
    return found;
}

bool operator==(const Message& a, const Message& b) {
    if (a.is_request_ != b.is_request_ || a.status_code_ != b.status_code_ ||
        a.method_text() != b.method_text() || a.request_uri_text() != b.request_uri_text() ||
        a.reason_phrase() != b.reason_phrase() || a.body() != b.body()) {
        return false;
    }
    return std::equal(a.headers_.begin(), a.headers_.end(), b.headers_.begin(), b.headers_.end(),
                      [&](const HeaderField& x, const HeaderField& y) {
                          return x.id == y.id && text::iequals(a.view(x.name), b.view(y.name)) &&
                                 a.view(x.value) == b.view(y.value);
                      });
}

}  // namespace portcullis::sip
