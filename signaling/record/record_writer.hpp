// SPDX-License-Identifier: BSD-2-Clause
// RecordWriter: the one thread that writes call records to disk and messages to the ring.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/unique_fd.hpp"
#include "signaling/record/ended_calls.hpp"
#include "signaling/record/message_queue.hpp"
#include "signaling/record/message_ring.hpp"

namespace portcullis::record {

struct RecordLine {
    WallTime at{};     // chooses the day's file
    std::string line;  // JSON, without the newline
    CallId call{};     // whose it is; none: it is not kept in memory
    std::vector<StoryEvent> story{};
};

// A shard's end: push only, from the shard's thread. Never blocks and makes no system call.
// Messages are dropped (and counted) when the writer cannot follow; records wait in a backlog.
class RecordFeed {
 public:
    explicit RecordFeed(bool keeps_messages)
        : keeps_messages_(keeps_messages), messages_(keeps_messages ? kMessageBytes : 0) {}

    // False: pushing a message is in vain.
    [[nodiscard]] bool keeps_messages() const { return keeps_messages_; }
    void push(const MessageFacts& facts, std::string_view bytes);
    void push(RecordLine record);
    // Moves what waits in the backlog on; called from the shard's periodic tick.
    void flush();

    [[nodiscard]] std::uint64_t dropped_messages() const { return dropped_messages_.load(); }
    [[nodiscard]] std::uint64_t dropped_records() const { return dropped_records_.load(); }

 private:
    friend class RecordWriter;
    static constexpr std::size_t kMaxBacklog = 65536;
    static constexpr std::size_t kMessageBytes = 4U << 20;  // of messages on their way

    bool keeps_messages_;
    MessageQueue messages_;
    boost::lockfree::spsc_queue<RecordLine, boost::lockfree::capacity<4096>> records_;
    std::deque<RecordLine> backlog_;  // shard thread only
    std::atomic<std::uint64_t> dropped_messages_{0};
    std::atomic<std::uint64_t> dropped_records_{0};
};

// Owns the thread from start() to stop(). Records go to <directory>/YYYY-MM-DD.jsonl at once and
// are fdatasync'ed each second; while the disk refuses them they wait in memory, oldest dropped
// first.
class RecordWriter {
 public:
    RecordWriter(std::filesystem::path directory, MessageRing& ring, std::size_t feeds);
    ~RecordWriter() { stop(); }
    RecordWriter(const RecordWriter&) = delete;
    RecordWriter& operator=(const RecordWriter&) = delete;

    // Fails when the directory cannot be made or written.
    [[nodiscard]] Status start();
    // Writes out everything that was pushed before the call.
    void stop();

    [[nodiscard]] RecordFeed& feed(std::size_t shard) { return *feeds_[shard]; }
    [[nodiscard]] const EndedCalls& ended() const { return ended_; }
    [[nodiscard]] std::uint64_t written() const { return written_.load(); }
    [[nodiscard]] std::uint64_t failed_writes() const { return failed_writes_.load(); }

 private:
    static constexpr std::size_t kMaxUnwritten = 100000;

    void run();
    bool drain();
    void write_pending();
    [[nodiscard]] bool open_day(WallTime at);
    // Writes what it can of the records of the open day; false when the file takes no more.
    [[nodiscard]] bool write_batch();
    [[nodiscard]] bool end_torn_line();
    void sync_each_second();

    std::filesystem::path directory_;
    MessageRing& ring_;
    EndedCalls ended_;
    std::vector<std::unique_ptr<RecordFeed>> feeds_;
    std::deque<RecordLine> unwritten_;
    std::size_t written_bytes_of_front_ = 0;
    std::chrono::sys_days open_day_{};
    UniqueFd file_;
    bool owes_line_end_ = false;  // the file ends in half a record
    bool dirty_ = false;
    TimePoint last_sync_{};
    TimePoint retry_at_{};
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> written_{0};
    std::atomic<std::uint64_t> failed_writes_{0};
    std::thread thread_;
};

}  // namespace portcullis::record
