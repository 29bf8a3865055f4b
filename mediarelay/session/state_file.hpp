// SPDX-License-Identifier: BSD-2-Clause
// StateFile: one 64-byte record per flow in shared memory, which survives the process.
//
// A restarted relay reads what the former process left, puts it aside and starts an empty file.
// Records say where each flow's peer was latched and which ports were in use or at rest, so media
// resumes as soon as signaling re-installs its sessions. Until it had the time to, a process that
// ends too leaves both files to the next one. No keys are ever stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"
#include "common/net/endpoint.hpp"
#include "mediarelay/session/session.hpp"

namespace portcullis::relay {

// What one record says.
struct StateRecord {
    enum class State : std::uint8_t { Empty, Live, Released };
    State state = State::Empty;
    FlowName name;
    std::uint32_t pool_key = 0;  // pool_key() of the pool's name
    std::uint16_t local_port = 0;
    std::optional<Endpoint> latched;
    std::uint32_t rx_ssrc = 0;
    std::uint32_t tx_ssrc = 0;       // SRTP: our outbound SSRC and the next packet index
    std::uint64_t tx_index = 0;      // 48 bits
    std::uint32_t changed_at_s = 0;  // wall clock, seconds since 1970
    bool operator==(const StateRecord&) const = default;
};

// A stable number for a pool's name.
[[nodiscard]] std::uint32_t pool_key(std::string_view pool_name);

// Opened once by the control thread. `write` is called by the worker that owns the slot while the
// flow lives, by control otherwise: a record has one writer at a time. Move-only.
class StateFile {
 public:
    // Reads the valid records of an existing file into `left` (in slot order; a bad header leaves
    // it empty), and of the file aside those whose flow the newer one does not know. Puts them all
    // aside, then makes the file anew with `slots` empty records, all of its bytes allocated. The
    // file is locked while the object lives. Errors: device_or_resource_busy when another process
    // has it; errno of open, write, posix_fallocate (no room) or mmap: `left` is read then too.
    [[nodiscard]] static Result<StateFile> open(const std::filesystem::path& path,
                                                std::uint32_t slots,
                                                std::vector<StateRecord>& left);
    // Nobody comes back for what former processes left: removes the file aside.
    static void forget_former(const std::filesystem::path& path);
    // Records in anonymous memory: a relay without a state file.
    [[nodiscard]] static Result<StateFile> anonymous(std::uint32_t slots);

    StateFile(StateFile&& other) noexcept;
    StateFile& operator=(StateFile&& other) noexcept;
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;
    ~StateFile();

    [[nodiscard]] std::uint32_t slots() const { return slots_; }
    void write(std::uint32_t slot, const StateRecord& record);
    // Empty state if the slot is empty or its checksum fails.
    [[nodiscard]] StateRecord read(std::uint32_t slot) const;

 private:
    StateFile(UniqueFd file, void* memory, std::size_t bytes, std::uint32_t slots)
        : file_(std::move(file)), memory_(memory), bytes_(bytes), slots_(slots) {}

    UniqueFd file_;  // holds the lock
    void* memory_ = nullptr;
    std::size_t bytes_ = 0;
    std::uint32_t slots_ = 0;
};

}  // namespace portcullis::relay
