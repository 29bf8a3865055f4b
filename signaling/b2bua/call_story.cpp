// SPDX-License-Identifier: BSD-2-Clause
// The call's story: what it decided and why, in words, for who asks about it.
#include "signaling/b2bua/call.hpp"

namespace portcullis::b2bua {
namespace {

constexpr std::size_t kMaxEvents = 64;
// Of changed header fields: so many messages, and so much of each.
constexpr std::size_t kMaxHeaderEvents = 8;
constexpr std::size_t kMaxHeaderText = 512;

std::string title(const sip::Message& message) {
    return message.is_request() ? std::string(message.method_text())
                                : std::to_string(message.status_code()) + " to " +
                                      std::string(message.method_text());
}

}  // namespace

void Call::story(std::string text) {
    if (events_.size() == kMaxEvents) events_.erase(events_.begin());
    events_.push_back({env_.clock().wall_now(), std::move(text)});
}

// A peer that repeats itself must not push out what the story is about.
void Call::note(std::string text) {
    if (events_.empty() || events_.back().text != text) story(std::move(text));
}

// The fields of a message that go on to the side of `context`; the story says what became of the
// others.
HeaderList Call::passed(const sip::Message& message, PassContext context) {
    headers::ChangeLog changes;
    if (header_events_ < kMaxHeaderEvents) context.changes = &changes;
    auto headers = passed_headers(message, context);
    if (changes.empty()) return headers;
    std::string text = title(message) + " crosses: ";
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto line = (i == 0 ? "" : " | ") + describe(changes[i]);
        if (text.size() + line.size() > kMaxHeaderText) {
            text += " | and " + std::to_string(changes.size() - i) + " more";
            break;
        }
        text += line;
    }
    ++header_events_;
    story(std::move(text));
    return headers;
}

}  // namespace portcullis::b2bua
