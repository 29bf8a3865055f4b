// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/message_queue.hpp"

namespace portcullis::record {

bool MessageQueue::push(const MessageFacts& facts, std::string_view bytes) {
    const Header header{facts, bytes.size()};
    if (ring_.write_available() < sizeof(header) + bytes.size()) return false;
    ring_.push(reinterpret_cast<const char*>(&header), sizeof(header));
    ring_.push(bytes.data(), bytes.size());
    return true;
}

bool MessageQueue::next() {
    if (!begun_) {
        if (ring_.read_available() < sizeof(Header)) return false;
        ring_.pop(reinterpret_cast<char*>(&begun_.emplace()), sizeof(Header));
    }
    if (ring_.read_available() < begun_->size) return false;
    text_.resize(begun_->size);
    ring_.pop(text_.data(), text_.size());
    return true;
}

}  // namespace portcullis::record
