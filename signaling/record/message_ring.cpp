// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/message_ring.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "common/base/assert.hpp"

namespace portcullis::record {
namespace {

constexpr std::size_t kPage = 4096;

}  // namespace

struct MessageRing::EntryHeader {
    MessageFacts facts;
    std::uint32_t size = 0;  // of the message bytes that follow
};

MessageRing::MessageRing(std::size_t capacity) {
    if (capacity == 0) return;
    const std::size_t size = (std::max(capacity, kPage) + kPage - 1) / kPage * kPage;
    void* const memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    PORTCULLIS_ASSERT(memory != MAP_FAILED);
    memory_ = {static_cast<std::byte*>(memory), size};
}

MessageRing::~MessageRing() {
    if (keeps_messages()) ::munmap(memory_.data(), memory_.size());
}

void MessageRing::append(const MessageFacts& facts, std::string_view bytes) {
    const std::size_t size = sizeof(EntryHeader) + bytes.size();
    if (size > memory_.size() / 4) return;
    const EntryHeader header{facts, static_cast<std::uint32_t>(bytes.size())};
    const std::scoped_lock lock(mutex_);
    make_room(size);
    write_at(head_, std::as_bytes(std::span(&header, 1)));
    write_at(head_ + sizeof(header), std::as_bytes(std::span(bytes)));
    head_ += size;
}

std::vector<LoggedMessage> MessageRing::find(CallId call) const {
    std::vector<LoggedMessage> found;
    const std::scoped_lock lock(mutex_);
    for (std::uint64_t at = tail_; at < head_;) {
        const EntryHeader header = header_at(at);
        if (header.facts.call == call) {
            LoggedMessage& message = found.emplace_back();
            static_cast<MessageFacts&>(message) = header.facts;
            message.bytes.resize(header.size);
            read_at(at + sizeof(header), std::as_writable_bytes(std::span(message.bytes)));
        }
        at += sizeof(header) + header.size;
    }
    return found;
}

void MessageRing::make_room(std::size_t size) {
    while (head_ + size - tail_ > memory_.size()) {
        tail_ += sizeof(EntryHeader) + header_at(tail_).size;
    }
}

MessageRing::EntryHeader MessageRing::header_at(std::uint64_t position) const {
    EntryHeader header;
    read_at(position, std::as_writable_bytes(std::span(&header, 1)));
    return header;
}

void MessageRing::write_at(std::uint64_t position, std::span<const std::byte> bytes) {
    const std::size_t offset = position % memory_.size();
    const std::size_t first = std::min(bytes.size(), memory_.size() - offset);
    std::copy_n(bytes.begin(), first, memory_.begin() + static_cast<std::ptrdiff_t>(offset));
    std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end(), memory_.begin());
}

void MessageRing::read_at(std::uint64_t position, std::span<std::byte> bytes) const {
    const std::size_t offset = position % memory_.size();
    const std::size_t first = std::min(bytes.size(), memory_.size() - offset);
    std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), first, bytes.begin());
    std::copy_n(memory_.begin(), bytes.size() - first,
                bytes.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace portcullis::record
