// SPDX-License-Identifier: BSD-2-Clause
// StateFile: a record per media pool and per flow in shared memory, which survives the process.
//
// A restarted relay reads what the former process left, puts it aside and starts an empty file.
// Records say where each flow's peer was latched and which ports were in use or at rest, so media
// resumes as soon as signaling re-installs its sessions, also on pools that drain. Until it had the
// time to, a process that ends too leaves both files to the next one. No keys are ever stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/base/result.hpp"
#include "common/base/unique_fd.hpp"
#include "mediarelay/session/state_record.hpp"

namespace portcullis::relay {

// Opened once by the control thread, which writes the pools. `write` is called by the worker that
// owns the slot while the flow lives, by control otherwise: a record has one writer at a time.
// Move-only.
class StateFile {
 public:
    // Reads the valid records of an existing file into `left` (in slot order; a bad header leaves
    // it empty), and of the file aside those whose flow or pool the newer one does not know. Puts
    // them all aside, then makes the file anew with room for `slots` flows, all allocated. The
    // file is locked while the object lives. Errors: device_or_resource_busy when another process
    // has it; errno of open, write, posix_fallocate (no room) or mmap: `left` is read then too.
    [[nodiscard]] static Result<StateFile> open(const std::filesystem::path& path,
                                                std::uint32_t slots, LeftState& left);
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
    // The pool of that index (below kMaxPools) from now on; none clears it.
    void write_pool(PoolIndex index, const std::optional<PoolPlace>& place);

 private:
    StateFile(UniqueFd file, void* memory, std::size_t bytes, std::uint32_t slots)
        : file_(std::move(file)), memory_(memory), bytes_(bytes), slots_(slots) {}

    UniqueFd file_;  // holds the lock
    void* memory_ = nullptr;
    std::size_t bytes_ = 0;
    std::uint32_t slots_ = 0;
};

}  // namespace portcullis::relay
