// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/config_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "common/base/text.hpp"
#include "common/base/unique_fd.hpp"

namespace portcullis::relay {

namespace {

constexpr std::string_view kMagic = "portcullis-document ";

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Status ConfigStore::save(ConfigVersion version, const std::string& document) const {
    const std::string aside = path_.string() + ".new";
    const UniqueFd fd(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) return fail_errno(errno, "write " + aside);
    const std::string header = std::string(kMagic) + std::to_string(version.value) + "\n";
    if (!write_all(fd.get(), header) || !write_all(fd.get(), document) || ::fsync(fd.get()) != 0 ||
        ::rename(aside.c_str(), path_.c_str()) != 0) {
        const int error = errno;
        ::unlink(aside.c_str());
        return fail_errno(error, "write " + path_.string());
    }
    return {};
}

Result<std::optional<ConfigStore::Stored>> ConfigStore::load() const {
    std::ifstream file(path_, std::ios::binary);
    if (!file) {
        std::error_code unknown;
        if (!std::filesystem::exists(path_, unknown)) return std::nullopt;
        return fail(std::make_error_code(std::errc::permission_denied), "read " + path_.string());
    }
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    const auto [header, document] = text::cut(bytes, '\n');
    const auto number = header.starts_with(kMagic)
                            ? text::to_number<std::uint64_t>(header.substr(kMagic.size()))
                            : std::nullopt;
    if (!number || document.empty()) {
        return fail(std::make_error_code(std::errc::bad_message),
                    path_.string() + " is not a stored document");
    }
    return Stored{ConfigVersion{*number}, std::string(document)};
}

void ConfigStore::set_aside() const {
    std::error_code ignored;
    std::filesystem::rename(path_, path_.string() + ".bad", ignored);
}

}  // namespace portcullis::relay
