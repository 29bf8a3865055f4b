// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/registrar_client.hpp"

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "signaling/sip/token.hpp"

namespace portcullis::trunk {
namespace {

using std::chrono::seconds;

// The domain that REGISTER names: no user, no parameters (RFC 3261 section 10.2).
std::string domain_uri(const config::GatewayUri& uri) {
    std::string out = (uri.secure ? "sips:" : "sip:") + host_of(uri);
    const auto default_port = describe(uri.transport).default_port;
    if (uri.is_name()) {
        if (uri.port) out += ":" + std::to_string(*uri.port);
    } else if (uri.endpoint.port != default_port) {
        out += ":" + std::to_string(uri.endpoint.port);
    }
    return out;
}

// The user of an address of record.
std::string user_of(const std::string& aor) {
    const auto at = aor.find('@');
    const auto colon = aor.find(':');
    return at == std::string::npos ? std::string() : aor.substr(colon + 1, at - colon - 1);
}

std::string default_aor(const config::GatewayUri& registrar, std::string_view username) {
    const auto user = text::cut(username, '@').first;
    return (registrar.secure ? "sips:" : "sip:") + sip::percent_escape(user, sip::CharClass::User) +
           "@" + host_of(registrar);
}

std::vector<auth::Hash> hashes(const std::vector<config::DigestAlgorithm>& algorithms) {
    std::vector<auth::Hash> out;
    for (const auto one : algorithms) {
        switch (one) {
            case config::DigestAlgorithm::Md5:
                out.push_back(auth::Hash::Md5);
                break;
            case config::DigestAlgorithm::Sha256:
                out.push_back(auth::Hash::Sha256);
                break;
            case config::DigestAlgorithm::Sha512_256:
                out.push_back(auth::Hash::Sha512_256);
                break;
        }
    }
    return out;
}

}  // namespace

std::optional<RegistrationIdentity> RegistrationIdentity::of(const policy::Trunk& trunk) {
    const auto& config = trunk.registration;
    if (!config.enabled) return std::nullopt;
    if (!config.registrar && trunk.gateways.empty()) return std::nullopt;
    RegistrationIdentity out;
    out.realm = trunk.realm;
    out.registrar = config.registrar ? *config.registrar : trunk.gateways.front().location;
    out.outbound_proxy = config.outbound_proxy;
    out.aor =
        config.aor.empty() ? default_aor(out.registrar, trunk.authentication.username) : config.aor;
    out.contact_user = config.contact_user.empty() ? user_of(out.aor) : config.contact_user;
    out.gin = config.gin;
    return out;
}

RegistrarClient::RegistrarClient(Surroundings& around, std::string trunk,
                                 RegistrationIdentity identity)
    : around_(around),
      trunk_(std::move(trunk)),
      identity_(std::move(identity)),
      call_id_(shard::make_call_id(around.slot)),
      from_tag_(shard::make_tag(around.slot)),
      timer_(around.wheel) {}

RegistrarClient::~RegistrarClient() { around_.exchange.forget(request_); }

RegistrationTerms RegistrarClient::terms_of(const policy::Trunk& trunk) const {
    const auto& config = trunk.registration;
    const auto& account = trunk.authentication;
    return {.request_uri = domain_uri(identity_.registrar),
            .expires = static_cast<std::uint32_t>(config.expires.count()),
            .retry_min = config.retry_min,
            .retry_max = config.retry_max,
            .account = {.username = account.username,
                        .password = account.password,
                        .realm = account.auth_realm},
            .algorithms = hashes(account.algorithms)};
}

void RegistrarClient::start(const policy::Trunk& trunk, Duration delay) {
    config_ = trunk.registration;
    account_ = trunk.authentication;
    machine_.emplace(terms_of(trunk), random_u64());
    apply(machine_->start(around_.clock.now(), delay));
}

void RegistrarClient::configure(const policy::Trunk& trunk) {
    if (config_ == trunk.registration && account_ == trunk.authentication) return;
    config_ = trunk.registration;
    account_ = trunk.authentication;
    apply(machine_->configure(terms_of(trunk), around_.clock.now()));
    around_.changed();
}

void RegistrarClient::stop(Duration limit, std::function<void()> done) {
    done_ = std::move(done);
    apply(machine_->stop(around_.clock.now(), limit));
}

void RegistrarClient::apply(const RegistrationActions& actions) {
    if (actions.wake_at) {
        timer_.set(*actions.wake_at, [this] { apply(machine_->on_timer(around_.clock.now())); });
    } else {
        timer_.stop();
    }
    if (actions.news != RegistrationNews::None) {
        if (actions.news != RegistrationNews::Registered) ++failures_;
        tell(actions.news);
        around_.changed();
    }
    if (actions.done) {
        // Whoever is told may end this object.
        const auto done = std::exchange(done_, nullptr);
        if (done) done();
        return;
    }
    if (actions.locate) locate();
    if (actions.send) send(*actions.send);
}

void RegistrarClient::locate() {
    const auto& server = identity_.outbound_proxy.value_or(identity_.registrar);
    if (!server.is_name()) {
        apply(machine_->on_located({{.transport = server.transport, .remote = server.endpoint}},
                                   around_.clock.now()));
        return;
    }
    around_.locator.locate(
        where_of(server), [weak = weak_from_this()](const Result<locate::Answer>& answer) {
            const auto self = weak.lock();
            if (!self) return;
            const auto now = self->around_.clock.now();
            self->apply(answer ? self->machine_->on_located(answer->servers, now)
                               : self->machine_->on_not_located(answer.error().text(), now));
        });
}

void RegistrarClient::send(const RegisterOrder& order) {
    const auto now = around_.clock.now();
    const auto& server = order.server;
    const auto own = around_.way(identity_.realm, server.remote, server.transport);
    if (!own) {
        apply(
            machine_->on_failure("no sip interface of ours leads to " + server.remote.text(), now));
        return;
    }
    // The last REGISTER names the binding that it removes.
    if (order.expires > 0) contact_ = contact_uri(*own, identity_.contact_user, identity_.gin);
    const RegisterParts parts{
        .own = *own,
        .request_uri = domain_uri(identity_.registrar),
        .route = identity_.outbound_proxy ? domain_uri(*identity_.outbound_proxy) : std::string(),
        .aor = identity_.aor,
        .contact = contact_,
        .gin = identity_.gin,
        .call_id = call_id_,
        .from_tag = from_tag_,
        .cseq = order.cseq,
        .expires = order.expires,
        .authorization = order.credentials.authorization,
        .proxy_authorization = order.credentials.proxy_authorization};
    ++sent_;
    request_ = around_.exchange.send(make_register(parts, around_.slot),
                                     {.interface = own->interface,
                                      .transport = server.transport,
                                      .remote = server.remote,
                                      .flow = {}},
                                     [this](const Outcome& outcome) { on_outcome(outcome); });
    if (!request_) apply(machine_->on_failure("too many transactions of our own", now));
}

void RegistrarClient::on_outcome(const Outcome& outcome) {
    const auto now = around_.clock.now();
    request_ = {};
    if (outcome.response) {
        apply(machine_->on_answer(read_register_answer(*outcome.response, contact_), now));
        return;
    }
    const auto where = machine_->server() ? machine_->server()->remote.text() : std::string();
    apply(machine_->on_failure(outcome.failure == transaction::ClientFailure::Timeout
                                   ? "no response from " + where
                                   : where + " cannot be reached",
                               now));
}

void RegistrarClient::tell(RegistrationNews news) const {
    auto& log = log::component("trunk");
    if (news == RegistrationNews::Registered) {
        const auto left = machine_->until().value_or(TimePoint{}) - around_.clock.now();
        log.info("registered trunk={} aor={} server={} seconds={}", trunk_, identity_.aor,
                 machine_->server()->remote.text(),
                 std::chrono::duration_cast<seconds>(left).count());
    } else {
        log.warn("registration_{} trunk={} aor={} reason=\"{}\"",
                 news == RegistrationNews::Lost ? "lost" : "failed", trunk_, identity_.aor,
                 machine_->reason());
    }
}

RegistrationState RegistrarClient::state() const {
    RegistrationState out;
    if (!machine_) return out;
    out.phase = machine_->phase();
    out.registered = machine_->registered();
    out.since = around_.wall(machine_->since());
    if (machine_->until()) out.until = around_.wall(*machine_->until());
    out.reason = machine_->reason();
    out.aor = identity_.aor;
    out.registrar = domain_uri(identity_.registrar);
    if (machine_->server()) out.server = machine_->server()->remote;
    out.use_service_route = config_.use_service_route;
    out.service_route = machine_->service_route();
    out.associated_uris = machine_->associated_uris();
    out.sent = sent_;
    out.failures = failures_;
    return out;
}

}  // namespace portcullis::trunk
