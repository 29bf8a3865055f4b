// SPDX-License-Identifier: BSD-2-Clause
// MessageQueue: messages on their way from a shard to the writer thread, as bytes in one ring.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "signaling/record/logged_message.hpp"

namespace portcullis::record {

// One producer thread, one consumer thread; no lock, and no allocation by the producer.
class MessageQueue {
 public:
    // `capacity`: bytes. 0: takes nothing.
    explicit MessageQueue(std::size_t capacity) : ring_(capacity) {}

    // False when it does not fit now.
    [[nodiscard]] bool push(const MessageFacts& facts, std::string_view bytes);

    // Calls `visit(facts, bytes)` for every whole message that is there; returns how many.
    template <class Visit>
    std::size_t consume_all(Visit visit) {
        std::size_t count = 0;
        for (; next(); ++count) {
            visit(begun_->facts, std::string_view(text_));
            begun_.reset();
        }
        return count;
    }

 private:
    struct Header {
        MessageFacts facts;
        std::size_t size = 0;
    };
    // True when `begun_` and `text_` hold a message.
    [[nodiscard]] bool next();

    boost::lockfree::spsc_queue<char> ring_;
    // The consumer's: a message whose header was taken, its bytes perhaps not yet.
    std::optional<Header> begun_;
    std::string text_;
};

}  // namespace portcullis::record
