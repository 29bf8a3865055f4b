// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/tls_profile.hpp"

#include <sys/stat.h>

#include <utility>

namespace portcullis::transport {

namespace {

bool is_valid_at(const TlsContext* context, std::chrono::system_clock::time_point now) {
    const auto* const certificate = context == nullptr ? nullptr : context->certificate();
    return certificate != nullptr && certificate->not_before <= now && now < certificate->not_after;
}

}  // namespace

TlsProfile::Stamps TlsProfile::stamps() const {
    Stamps out;
    const std::array files{&settings_.certificate_file, &settings_.private_key_file,
                           &settings_.ca_file};
    for (std::size_t i = 0; i < files.size(); ++i) {
        struct stat status{};
        if (files[i]->empty() || ::stat(files[i]->c_str(), &status) != 0) continue;
        out[i] = {.seconds = status.st_mtim.tv_sec,
                  .nanoseconds = status.st_mtim.tv_nsec,
                  .inode = status.st_ino,
                  .size = status.st_size};
    }
    return out;
}

void TlsProfile::set_current(std::shared_ptr<const TlsContext> context) {
    const std::lock_guard lock(mutex_);
    current_ = std::move(context);
}

std::shared_ptr<const TlsContext> TlsProfile::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

std::optional<TlsProblem> TlsProfile::load() {
    // Before they are read: what changes meanwhile is seen at the next look.
    seen_ = stamps();
    auto made = TlsContext::load(settings_);
    if (!made) return std::move(made.error());
    set_current(std::move(*made));
    return std::nullopt;
}

TlsProfile::Polled TlsProfile::poll(std::chrono::system_clock::time_point now) {
    const Stamps there = stamps();
    if (there == seen_) return {};
    seen_ = there;
    auto made = TlsContext::load(settings_);
    if (!made) return {Swap::Refused, std::move(made.error())};
    const auto before = current();
    if (is_valid_at(before.get(), now) && !is_valid_at(made->get(), now)) {
        return {Swap::Refused,
                {"certificate_file", settings_.certificate_file +
                                         " has expired or is not yet valid; the one in use is "
                                         "valid and stays"}};
    }
    set_current(std::move(*made));
    return {Swap::Swapped, {}};
}

}  // namespace portcullis::transport
