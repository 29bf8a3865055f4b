// SPDX-License-Identifier: BSD-2-Clause
// ConfigStore: the last good configuration document on disk, so that the relay starts without mgmt.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/base/strong_id.hpp"

namespace portcullis::relay {

// Control thread. The file is a line "portcullis-document <version>" and the JSON text; mode 0600,
// for it carries secrets. Written aside, flushed and renamed: never half a document.
class ConfigStore {
 public:
    struct Stored {
        ConfigVersion version;
        std::string document;
    };

    explicit ConfigStore(std::filesystem::path path) : path_(std::move(path)) {}

    // Errors: errno of the failing call.
    [[nodiscard]] Status save(ConfigVersion version, const std::string& document) const;
    // Empty when there is none. Errors: a file that is not one of ours, or cannot be read.
    [[nodiscard]] Result<std::optional<Stored>> load() const;
    // Renames a file that cannot be used, for the operator to look at.
    void set_aside() const;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

}  // namespace portcullis::relay
