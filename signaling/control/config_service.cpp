// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/config_service.hpp"

#include <fcntl.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "common/base/log.hpp"
#include "common/base/unique_fd.hpp"
#include "policy/compile.hpp"
#include "policy/config/reader.hpp"
#include "signaling/control/fan_out.hpp"

namespace portcullis::control {
namespace {

using management::ConfigReply;
using management::Refusal;

std::vector<Refusal> refusals(const config::Problems& problems) {
    std::vector<Refusal> list;
    for (const auto& problem : problems) list.push_back({problem.pointer, problem.message});
    return list;
}

// Where each sip interface stands in the document, by its name.
using Pointers = std::map<std::string, std::string>;

struct Built {
    b2bua::ConfigPtr config;
    Pointers pointers;
    std::vector<Refusal> unusable;  // certificates and keys
};

Pointers pointers_of(const config::Document& document) {
    Pointers pointers;
    for (std::size_t i = 0; i < document.sip_interfaces.size(); ++i) {
        pointers[document.sip_interfaces[i].name] = "/sip_interfaces/" + std::to_string(i);
    }
    return pointers;
}

std::expected<Built, std::vector<Refusal>> build(ConfigVersion version, const std::string& text) {
    const auto document = config::load_document(text);
    if (!document) return std::unexpected(refusals(document.error()));
    auto compiled = policy::compile(*document);
    if (!compiled) return std::unexpected(refusals(compiled.error()));
    auto tls = transport::TlsProfiles::load(*document);
    Built built{std::make_shared<const b2bua::ConfigSnapshot>(
                    b2bua::ConfigSnapshot{version, std::move(*compiled), std::move(tls.profiles)}),
                pointers_of(*document),
                {}};
    for (auto& problem : tls.problems) {
        built.unusable.push_back({std::move(problem.pointer), std::move(problem.message)});
    }
    return built;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return ::fsync(fd) == 0;
}

}  // namespace

void ConfigService::load_last_good() {
    std::ifstream file(state_file_);
    if (!file) return;
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("revision") || !json["revision"].is_number_unsigned() ||
        !json.contains("document")) {
        log::component("config").error("last_good_unreadable file={}", state_file_.string());
        return;
    }
    const ConfigVersion version{json["revision"].get<std::uint64_t>()};
    const auto built = build(version, json["document"].dump());
    if (!built) {
        log::component("config").error("last_good_refused file={} pointer={} reason=\"{}\"",
                                       state_file_.string(), built.error().front().pointer,
                                       built.error().front().reason);
        return;
    }
    // The rest runs: a certificate that is gone must not stop the calls that need none.
    for (const auto& problem : built->unusable) {
        log::component("tls").error("certificate_unusable pointer={} reason=\"{}\"",
                                    problem.pointer, problem.reason);
    }
    for (const auto& shard : shards_) {
        if (const auto status = shard->configure(built->config, transport::Unbindable::Retry);
            !status) {
            log::component("config").error("last_good_not_applied reason=\"{}\"",
                                           status.error().text());
            return;
        }
    }
    current_ = built->config;
    applied_ = version;
    tls_watch_.start();
    log::component("config").info("last_good_applied revision={}", version.value);
}

ConfigVersion ConfigService::prepared() const {
    const bool alive =
        prepared_ && std::chrono::steady_clock::now() - prepared_->at < kPreparedLife;
    return alive ? prepared_->config->version : ConfigVersion{};
}

void ConfigService::prepare(const management::Prepare& request, const Answer& answer) {
    auto built = build(request.version, request.document);
    if (!built) {
        answer({request.version, std::move(built.error())});
        return;
    }
    if (!built->unusable.empty()) {
        answer({request.version, std::move(built->unusable)});
        return;
    }
    prepared_ = Prepared{built->config, request.document, std::chrono::steady_clock::now()};
    // Shard 0 holds the addresses that a foreign process could have taken.
    Shard* const first = shards_.front().get();
    first->post([this, first, built = *built, answer] {
        const auto obstacles = first->try_configure(*built.config);
        boost::asio::post(io_, [this, built, answer, obstacles] {
            ConfigReply reply{built.config->version, {}};
            for (const auto& [name, error] : obstacles) {
                reply.refusals.push_back({built.pointers.at(name) + "/address", error.text()});
            }
            if (!obstacles.empty() && prepared() == built.config->version) prepared_.reset();
            answer(std::move(reply));
        });
    });
}

void ConfigService::commit(const management::Commit& request, const Answer& answer) {
    if (prepared() != request.version) {
        if (request.version == applied_) {  // asked again: the first answer was lost
            answer({request.version, {}});
            return;
        }
        answer({request.version, {{"", "this revision is not prepared here"}}});
        return;
    }
    const auto taken = std::make_shared<const Prepared>(std::move(*prepared_));
    prepared_.reset();
    apply(0, taken, answer);
}

// One shard after the other: the first claims an address before the others share it.
void ConfigService::apply(std::size_t index, const PreparedPtr& taken, const Answer& answer) {
    if (index == shards_.size()) {
        current_ = taken->config;
        applied_ = taken->config->version;
        tls_watch_.start();
        keep(applied_, taken->document);
        log::component("config").info("applied revision={}", applied_.value);
        answer({applied_, {}});
        return;
    }
    Shard* const shard = shards_[index].get();
    shard->post([this, shard, index, taken, answer] {
        const auto status = shard->configure(taken->config, transport::Unbindable::Refuse);
        boost::asio::post(io_, [this, index, taken, answer, status] {
            if (status) {
                apply(index + 1, taken, answer);
                return;
            }
            revert(index);
            answer({taken->config->version, {{"/sip_interfaces", status.error().text()}}});
        });
    });
}

// All shards run one configuration, or the calls between them meet two.
void ConfigService::revert(std::size_t count) {
    for (std::size_t i = 0; current_ && i < count; ++i) {
        Shard* const shard = shards_[i].get();
        shard->post([shard, former = current_] {
            if (const auto status = shard->configure(former, transport::Unbindable::Retry);
                !status) {
                log::component("config").error("former_not_restored reason=\"{}\"",
                                               status.error().text());
            }
        });
    }
}

void ConfigService::abort(const management::Abort& request, const Answer& answer) {
    if (prepared() == request.version) prepared_.reset();
    answer({request.version, {}});
}

// Written beside and renamed, so that a crash leaves the old file or the new one.
void ConfigService::keep(ConfigVersion version, const std::string& document) const {
    const auto beside = state_file_.string() + ".new";
    const UniqueFd file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const auto text =
        R"({"revision":)" + std::to_string(version.value) + R"(,"document":)" + document + "}\n";
    std::error_code error;
    if (file && write_all(file.get(), text)) {
        std::filesystem::rename(beside, state_file_, error);
        if (!error) return;
    }
    log::component("config").error("last_good_not_kept file={}", state_file_.string());
}

}  // namespace portcullis::control
