// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/control/config_agent.hpp"

#include <fmt/format.h>

#include <memory>

#include "common/base/log.hpp"
#include "policy/config/reader.hpp"

namespace portcullis::relay {

namespace {

management::ConfigReply refused(ConfigVersion version, std::string reason) {
    return {version, {{"", std::move(reason)}}};
}

}  // namespace

std::optional<RelayPlan> ConfigAgent::stored_plan(const ConfigStore& store) {
    const auto stored = store.load();
    if (!stored || !*stored) return std::nullopt;
    const auto document = config::load_document((*stored)->document);
    if (!document) return std::nullopt;
    return make_relay_plan(*document);
}

void ConfigAgent::start() {
    auto& log = log::component("config");
    const auto stored = store_.load();
    if (!stored) {
        log.error("stored_config_unusable reason=\"{}\"", stored.error().text());
        store_.set_aside();
        return;
    }
    if (!*stored) {
        log.info("no_stored_config waiting_for=mgmt");
        return;
    }
    const auto document = config::load_document((*stored)->document);
    if (!document) {
        const auto& first = document.error().front();
        log.error("stored_config_unusable file={} pointer={} reason=\"{}\"", store_.path().string(),
                  first.pointer, first.message);
        store_.set_aside();
        return;
    }
    applied_ = (*stored)->version;
    applied_document_ = (*stored)->document;
    target_.apply_at_start(make_relay_plan(*document));
    log.info("config_applied version={} from=stored", applied_.value);
}

void ConfigAgent::drop_prepared() {
    if (!prepared_ || committing_) return;
    prepared_.reset();
    target_.abort();
}

management::ConfigReply ConfigAgent::prepare(const management::Prepare& request) {
    if (committing_) return refused(request.version, "another change is being committed");
    // What did not work when it was applied is tried again.
    if (request.version == applied_ && request.document == applied_document_ && failed_.empty()) {
        return {request.version, {}};
    }
    drop_prepared();
    const auto document = config::load_document(request.document);
    if (!document) {
        management::ConfigReply reply{request.version, {}};
        for (const auto& problem : document.error()) {
            reply.refusals.push_back({problem.pointer, problem.message});
        }
        return reply;
    }
    RelayPlan plan = make_relay_plan(*document);
    if (auto refusals = target_.prepare(plan); !refusals.empty()) {
        target_.abort();
        log::component("config").warn("prepare_refused version={} pointer={} reason=\"{}\"",
                                      request.version.value, refusals.front().pointer,
                                      refusals.front().reason);
        return {request.version, std::move(refusals)};
    }
    prepared_ =
        Prepared{request.version, request.document, std::move(plan), clock_.now() + kPreparedLife};
    return {request.version, {}};
}

void ConfigAgent::commit(const management::Commit& request, ReplyHandler reply) {
    if (committing_) return reply(refused(request.version, "another change is being committed"));
    if (!prepared_ || prepared_->version != request.version) {
        // Repeating a Commit is no mistake, and changes nothing about what failed.
        if (request.version == applied_) return reply({request.version, failed_});
        return reply(refused(request.version,
                             fmt::format("version {} is not prepared", request.version.value)));
    }
    committing_ = true;
    target_.apply(prepared_->plan, [this, reply = std::move(reply)](Refusals refusals) {
        store(std::move(refusals), reply);
    });
}

// A disk may take longer to flush than a call may wait for its session.
void ConfigAgent::store(Refusals refusals, ReplyHandler reply) {
    const auto stored = std::make_shared<Status>();
    background_([this, stored] { *stored = store_.save(prepared_->version, prepared_->document); },
                [this, stored, refusals = std::move(refusals), reply = std::move(reply)] {
                    finish(*stored, refusals, reply);
                });
}

void ConfigAgent::finish(const Status& stored, Refusals refusals, const ReplyHandler& reply) {
    const Prepared done = std::move(*prepared_);
    prepared_.reset();
    committing_ = false;
    applied_ = done.version;
    applied_document_ = done.document;
    failed_ = refusals;
    auto& log = log::component("config");
    for (const auto& refusal : refusals) {
        log.error("apply_failed pointer={} reason=\"{}\"", refusal.pointer, refusal.reason);
    }
    if (!stored) log.error("config_not_stored reason=\"{}\"", stored.error().text());
    log.info("config_applied version={} from=mgmt", applied_.value);
    reply({applied_, std::move(refusals)});
    target_.committed();
}

management::ConfigReply ConfigAgent::abort(const management::Abort& request) {
    if (prepared_ && prepared_->version == request.version) drop_prepared();
    return {request.version, {}};
}

void ConfigAgent::tick() {
    if (prepared_ && !committing_ && clock_.now() >= prepared_->until) {
        log::component("config").warn("prepared_config_expired version={}",
                                      prepared_->version.value);
        drop_prepared();
    }
}

}  // namespace portcullis::relay
