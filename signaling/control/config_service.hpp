// SPDX-License-Identifier: BSD-2-Clause
// ConfigService: takes configuration revisions from management and keeps the last good one.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/ipc/management.hpp"
#include "signaling/b2bua/config_snapshot.hpp"
#include "signaling/control/tls_watch.hpp"
#include "signaling/shard.hpp"

namespace portcullis::control {

// On the control thread. A revision is compiled and its listeners are tried at Prepare; Commit
// applies it to every shard or to none, and writes it to the state directory. What was prepared and
// neither committed nor aborted is forgotten after 30 s.
class ConfigService {
 public:
    using Answer = std::function<void(management::ConfigReply)>;
    static constexpr std::chrono::seconds kPreparedLife{30};

    ConfigService(boost::asio::io_context& io, const Shards& shards,
                  std::filesystem::path state_file)
        : io_(io),
          shards_(shards),
          state_file_(std::move(state_file)),
          tls_watch_(io, [this] { return current_ ? current_->tls : nullptr; }) {}

    // Applies the last good revision of a previous process, if there is one, before the shards
    // run. A file that cannot be used is kept and reported; signaling then waits for management.
    void load_last_good();

    void prepare(const management::Prepare& request, const Answer& answer);
    void commit(const management::Commit& request, const Answer& answer);
    void abort(const management::Abort& request, const Answer& answer);

    [[nodiscard]] ConfigVersion applied() const { return applied_; }
    [[nodiscard]] ConfigVersion prepared() const;
    [[nodiscard]] b2bua::ConfigPtr current() const { return current_; }
    [[nodiscard]] const TlsWatch& tls_watch() const { return tls_watch_; }

 private:
    struct Prepared {
        b2bua::ConfigPtr config;
        std::string document;
        TimePoint at;
    };

    using PreparedPtr = std::shared_ptr<const Prepared>;

    void apply(std::size_t index, const PreparedPtr& taken, const Answer& answer);
    void revert(std::size_t count);
    void keep(ConfigVersion version, const std::string& document) const;

    boost::asio::io_context& io_;
    const Shards& shards_;
    std::filesystem::path state_file_;
    std::optional<Prepared> prepared_;
    b2bua::ConfigPtr current_;
    ConfigVersion applied_;
    TlsWatch tls_watch_;
};

}  // namespace portcullis::control
