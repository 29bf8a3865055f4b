// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/record/record_writer.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/base/log.hpp"
#include "signaling/record/call_record.hpp"

namespace portcullis::record {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kBusyNap{10};
constexpr std::chrono::milliseconds kIdleNap{20};
constexpr std::size_t kBatch = 64;  // records written at once

bool is_torn(const std::filesystem::path& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char last = '\n';
    if (file && ::lseek(file.get(), -1, SEEK_END) >= 0) (void)(::read(file.get(), &last, 1) == 1);
    return last != '\n';
}

}  // namespace

void RecordFeed::push(const MessageFacts& facts, std::string_view bytes) {
    if (!messages_.push(facts, bytes)) dropped_messages_.fetch_add(1);
}

void RecordFeed::push(RecordLine record) {
    backlog_.push_back(std::move(record));
    flush();
    if (backlog_.size() > kMaxBacklog) {
        backlog_.pop_front();
        dropped_records_.fetch_add(1);
    }
}

void RecordFeed::flush() {
    while (!backlog_.empty() && records_.push(backlog_.front())) backlog_.pop_front();
}

RecordWriter::RecordWriter(std::filesystem::path directory, MessageRing& ring, std::size_t feeds)
    : directory_(std::move(directory)), ring_(ring) {
    for (std::size_t i = 0; i < feeds; ++i)
        feeds_.push_back(std::make_unique<RecordFeed>(ring.keeps_messages()));
}

Status RecordWriter::start() {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error) return fail(error, "call record directory " + directory_.string());
    if (!open_day(SystemClock().wall_now())) {
        return fail_errno(errno, "call record directory " + directory_.string());
    }
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "record-writer");
    return {};
}

void RecordWriter::stop() {
    if (!thread_.joinable()) return;
    stopping_.store(true);
    thread_.join();
}

void RecordWriter::run() {
    // Shards only push; sleeping between looks costs them nothing and this thread little.
    auto nap = kBusyNap;
    for (;;) {
        const bool last = stopping_.load();
        const bool busy = drain();
        write_pending();
        sync_each_second();
        if (last && !busy) break;
        // Also while there is work: a record each time it is made would be a switch of threads
        // each.
        nap = busy ? kBusyNap : std::min(nap * 2, kIdleNap);
        if (!last) std::this_thread::sleep_for(nap);
    }
    if (file_) ::fdatasync(file_.get());
}

bool RecordWriter::drain() {
    bool any = false;
    for (const auto& feed : feeds_) {
        any |= feed->records_.consume_all([this](RecordLine& record) {
            if (record.call.value != 0) {
                ended_.append(record.call, {record.line, std::move(record.story)});
            }
            unwritten_.push_back(std::move(record));
            unwritten_.back().line += '\n';
        }) > 0;
        any |=
            feed->messages_.consume_all([this](const MessageFacts& facts, std::string_view bytes) {
                ring_.append(facts, bytes);
            }) > 0;
    }
    while (unwritten_.size() > kMaxUnwritten) {
        unwritten_.pop_front();
        owes_line_end_ = owes_line_end_ || written_bytes_of_front_ > 0;
        written_bytes_of_front_ = 0;
        failed_writes_.fetch_add(1);
    }
    return any;
}

void RecordWriter::write_pending() {
    const auto now = std::chrono::steady_clock::now();
    if (now < retry_at_) return;
    while (!unwritten_.empty() && open_day(unwritten_.front().at) && end_torn_line() &&
           write_batch()) {
    }
    if (!unwritten_.empty()) {
        log::component("record").error("records_waiting count={} reason=\"{}\"", unwritten_.size(),
                                       std::generic_category().message(errno));
        retry_at_ = now + 1s;
    }
}

bool RecordWriter::write_batch() {
    std::array<iovec, kBatch> pieces;
    std::size_t count = 0;
    std::size_t size = 0;
    for (auto& record : unwritten_) {
        if (count == pieces.size() || std::chrono::floor<std::chrono::days>(record.at) != open_day_)
            break;
        const std::size_t done = count == 0 ? written_bytes_of_front_ : 0;
        pieces[count++] = {record.line.data() + done, record.line.size() - done};
        size += record.line.size() - done;
    }
    const ssize_t n = ::writev(file_.get(), pieces.data(), static_cast<int>(count));
    if (n < 0) return false;
    dirty_ = true;
    written_bytes_of_front_ += static_cast<std::size_t>(n);
    while (!unwritten_.empty() && written_bytes_of_front_ >= unwritten_.front().line.size()) {
        written_bytes_of_front_ -= unwritten_.front().line.size();
        unwritten_.pop_front();
        written_.fetch_add(1);
    }
    return static_cast<std::size_t>(n) == size;
}

bool RecordWriter::open_day(WallTime at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    if (file_ && day == open_day_) return true;
    if (file_) ::fdatasync(file_.get());
    const auto path = directory_ / (format_time(at).substr(0, 10) + ".jsonl");
    file_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    open_day_ = day;
    owes_line_end_ = file_ && is_torn(path);
    return static_cast<bool>(file_);
}

// Half a record, of a full disk or of a process that was killed, must not swallow the next one.
bool RecordWriter::end_torn_line() {
    if (owes_line_end_) owes_line_end_ = ::write(file_.get(), "\n", 1) != 1;
    return !owes_line_end_;
}

void RecordWriter::sync_each_second() {
    const auto now = std::chrono::steady_clock::now();
    if (!dirty_ || now - last_sync_ < 1s) return;
    ::fdatasync(file_.get());
    dirty_ = false;
    last_sync_ = now;
}

}  // namespace portcullis::record
