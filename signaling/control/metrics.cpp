// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/metrics.hpp"

#include <fmt/format.h>

#include <map>

namespace portcullis::control {
namespace {

// Prometheus text format: a HELP and TYPE line per name, then its samples.
class Text {
 public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        out_ += fmt::format("# HELP portcullis_{} {}\n# TYPE portcullis_{} {}\n", name, help, name,
                            type);
    }
    template <class Number>
    void sample(Number value, std::string_view labels = {}) {
        out_ += labels.empty() ? fmt::format("portcullis_{} {}\n", name_, value)
                               : fmt::format("portcullis_{}{{{}}} {}\n", name_, labels, value);
    }
    template <class Number>
    void one(std::string_view name, std::string_view type, std::string_view help, Number value) {
        family(name, type, help);
        sample(value);
    }
    [[nodiscard]] std::string take() { return std::move(out_); }

 private:
    std::string name_;
    std::string out_;
};

template <class Get>
auto sum(const std::vector<ShardFigures>& shards, Get get) {
    decltype(get(shards.front())) total{};
    for (const auto& shard : shards) total += get(shard);
    return total;
}

// Methods and status codes that occurred, added up over the shards.
void message_samples(const std::vector<ShardFigures>& shards, std::string_view direction,
                     transport::MessageCounts transport::Counters::* counts, Text& text) {
    for (std::size_t i = 0; i < sip::kMethods.size(); ++i) {
        const auto n =
            sum(shards, [&](const auto& s) { return (s.transport.*counts).by_method[i]; });
        const auto method = i == 0 ? std::string_view("unknown") : sip::kMethods[i].name;
        if (n > 0)
            text.sample(n, fmt::format("message=\"{}\",direction=\"{}\"", method, direction));
    }
    for (std::size_t code = 100; code < 700; ++code) {
        const auto n =
            sum(shards, [&](const auto& s) { return (s.transport.*counts).by_status[code]; });
        if (n > 0) text.sample(n, fmt::format("message=\"{}\",direction=\"{}\"", code, direction));
    }
}

std::map<std::string, std::uint64_t> parse_errors(const std::vector<ShardFigures>& shards) {
    std::map<std::string, std::uint64_t> total;
    for (const auto& shard : shards) {
        for (const auto& [reason, n] : shard.transport.parse_errors) total[reason] += n;
    }
    return total;
}

// A label value may not hold these (Prometheus text format).
std::string label(std::string_view text) {
    std::string safe;
    for (const char c : text.substr(0, 32)) {
        safe += c == '"' || c == '\\' || c == '\n' ? '_' : c;
    }
    return safe;
}

void calls_text(const std::vector<ShardFigures>& shards, Text& text) {
    text.family("calls", "gauge", "Calls by state.");
    for (std::size_t state = 0; state < 5; ++state) {
        text.sample(sum(shards, [state](const auto& s) { return s.calls_by_state[state]; }),
                    fmt::format("state=\"{}\"", name(static_cast<b2bua::CallState>(state))));
    }
    text.one("dialogs", "gauge", "SIP dialogs, early ones included.",
             sum(shards, [](const auto& s) { return s.dialogs; }));
    text.one("tombstones", "gauge", "INVITEs kept to meet a late answer.",
             sum(shards, [](const auto& s) { return s.tombstones; }));
    text.one("timers", "gauge", "Timers that run, those of the shards themselves included.",
             sum(shards, [](const auto& s) { return s.timers; }));
    text.one("call_attempts_total", "counter", "Ended INVITEs of known trunks.",
             sum(shards, [](const auto& s) { return s.calls.attempts; }));
    text.one("calls_answered_total", "counter", "Ended calls that had been answered.",
             sum(shards, [](const auto& s) { return s.calls.answered; }));
    text.family("call_failures_total", "counter", "Ended calls without answer.");
    text.sample(sum(shards, [](const auto& s) { return s.calls.failed_4xx; }),
                "code_class=\"4xx\"");
    text.sample(sum(shards, [](const auto& s) { return s.calls.failed_5xx; }),
                "code_class=\"5xx\"");
    text.sample(sum(shards, [](const auto& s) { return s.calls.failed_6xx; }),
                "code_class=\"6xx\"");
    text.one("calls_recovered_total", "counter", "Calls rebuilt after a restart.",
             sum(shards, [](const auto& s) { return s.calls.recovered; }));
    text.one("late_answers_refused_total", "counter", "Late or losing 2xx, ACKed and ended.",
             sum(shards, [](const auto& s) { return s.late_answers_refused; }));
}

void sip_text(const std::vector<ShardFigures>& shards, Text& text) {
    text.family("sip_messages_total", "counter", "SIP messages by method or status.");
    message_samples(shards, "in", &transport::Counters::received, text);
    message_samples(shards, "out", &transport::Counters::sent, text);
    text.family("sip_parse_errors_total", "counter", "Messages refused by the parser.");
    for (const auto& [key, n] : parse_errors(shards)) {
        text.sample(n, fmt::format("reason=\"{}\"", label(key)));
    }
    text.family("sip_drops_total", "counter", "Messages and connections dropped.");
    for (std::size_t i = 0; i < static_cast<std::size_t>(transport::Drop::kCount); ++i) {
        text.sample(sum(shards, [i](const auto& s) { return s.transport.drops[i]; }),
                    fmt::format("reason=\"{}\"", name_of(static_cast<transport::Drop>(i))));
    }
    text.one("sip_connections", "gauge", "Open SIP connections.",
             sum(shards, [](const auto& s) { return s.connections; }));
    text.one("sip_listeners_missing", "gauge", "Listeners that wait for their address.",
             sum(shards, [](const auto& s) { return s.missing_listeners; }));
    text.one("sip_transactions", "gauge", "SIP transactions.",
             sum(shards, [](const auto& s) { return s.transactions.total(); }));
    text.family("sip_retransmissions_total", "counter", "Retransmitted SIP messages.");
    text.sample(sum(shards, [](const auto& s) { return s.transactions.retransmissions_received; }),
                "direction=\"in\"");
    text.sample(sum(shards, [](const auto& s) { return s.transactions.retransmissions_sent; }),
                "direction=\"out\"");
    text.one("sip_requests_moved_to_tcp_total", "counter", "Requests too large for UDP.",
             sum(shards, [](const auto& s) { return s.transactions.moved_to_tcp; }));
    text.one("sip_requests_back_to_udp_total", "counter", "Of these, those TCP did not take.",
             sum(shards, [](const auto& s) { return s.transactions.back_to_udp; }));
}

void security_text(const std::vector<ShardFigures>& shards, Text& text) {
    text.family("security_events_total", "counter", "Requests that policy kept out.");
    text.sample(sum(shards, [](const auto& s) { return s.core.dropped_denied; }),
                "kind=\"access_denied\"");
    text.sample(sum(shards, [](const auto& s) { return s.core.dropped_unknown; }),
                "kind=\"unknown_source_dropped\"");
    text.sample(sum(shards, [](const auto& s) { return s.core.refused_unknown; }),
                "kind=\"unknown_source_refused\"");
    text.sample(sum(shards, [](const auto& s) { return s.core.refused_foreign; }),
                "kind=\"foreign_in_dialog_request\"");
    text.sample(sum(shards, [](const auto& s) { return s.core.dropped_foreign; }),
                "kind=\"foreign_ack\"");
    text.sample(sum(shards, [](const auto& s) { return s.challenges.wrong; }),
                "kind=\"digest_wrong\"");
    text.sample(sum(shards, [](const auto& s) { return s.challenges.denied; }),
                "kind=\"digest_throttled\"");
    text.family("digest_requests_total", "counter",
                "Requests of challenged trunks, by what became of them.");
    text.sample(sum(shards, [](const auto& s) { return s.challenges.challenged; }),
                "result=\"challenged\"");
    text.sample(sum(shards, [](const auto& s) { return s.challenges.stale; }), "result=\"stale\"");
    text.sample(sum(shards, [](const auto& s) { return s.challenges.accepted; }),
                "result=\"accepted\"");
    text.sample(sum(shards, [](const auto& s) { return s.challenges.wrong; }), "result=\"wrong\"");
    text.sample(sum(shards, [](const auto& s) { return s.challenges.denied; }),
                "result=\"throttled\"");
}

void dns_text(const std::vector<ShardFigures>& shards, Text& text) {
    if (shards.empty() || shards.front().dns == nullptr) return;
    const locate::Counters& dns = *shards.front().dns;
    text.family("dns_lookups_total", "counter", "Servers asked for by name, by who knew them.");
    text.sample(sum(shards, [](const auto& s) { return s.locator.hits; }), "by=\"shard\"");
    text.sample(dns.locates.load(), "by=\"resolver\"");
    text.one("dns_queries_total", "counter", "Questions sent to name servers.", dns.queries.load());
    text.family("dns_failures_total", "counter", "Questions without a useful reply.");
    text.sample(dns.timeouts.load(), "kind=\"timeout\"");
    text.sample(dns.failures.load(), "kind=\"error\"");
    text.one("dns_stale_answers_total", "counter", "Answers past their life, for want of others.",
             dns.stale.load());
    text.family("dns_dropped_total", "counter", "What was left out of replies.");
    text.sample(dns.dropped_records.load(), "what=\"records\"");
    text.sample(dns.dropped_addresses.load(), "what=\"addresses\"");
    text.sample(dns.alias_loops.load(), "what=\"alias loops\"");
    text.one("dns_cache_entries", "gauge", "Replies in the cache.", dns.cached.load());
}

// One sample for each gateway of each trunk that is watched, by `value`, which may have none.
template <class Value>
void gateway_samples(const trunk::TrunkStates& trunks, std::string_view name, std::string_view type,
                     std::string_view help, Value value, Text& text) {
    text.family(name, type, help);
    for (const auto& trunk : trunks.trunks()) {
        for (const auto& gateway : trunk.gateways) {
            const auto sample = gateway.monitored ? value(gateway) : std::nullopt;
            if (!sample) continue;
            text.sample(*sample, fmt::format("trunk=\"{}\",gateway=\"{}\"", trunk.name,
                                             label(gateway.name)));
        }
    }
}

template <class Field>
std::optional<std::uint64_t> total(const trunk::GatewayState& gateway, Field field) {
    std::uint64_t n = 0;
    for (const auto& address : gateway.addresses) n += address.*field;
    return n;
}

void gateways_text(const trunk::TrunkStates& trunks, Text& text) {
    gateway_samples(
        trunks, "trunk_up", "gauge",
        "Whether a watched gateway is up; without a sample it is not known yet.",
        [](const trunk::GatewayState& gateway) -> std::optional<int> {
            const auto health = gateway.health();
            if (health == trunk::Health::Unknown) return std::nullopt;
            return health == trunk::Health::Up ? 1 : 0;
        },
        text);
    gateway_samples(
        trunks, "trunk_ping_seconds", "gauge", "Round trip of the last OPTIONS.",
        [](const trunk::GatewayState& gateway) -> std::optional<double> {
            std::optional<double> least;
            for (const auto& address : gateway.addresses) {
                if (!address.round_trip) continue;
                const auto took = std::chrono::duration<double>(*address.round_trip).count();
                least = std::min(least.value_or(took), took);
            }
            return least;
        },
        text);
    gateway_samples(
        trunks, "trunk_pings_total", "counter", "OPTIONS sent to a gateway.",
        [](const trunk::GatewayState& gateway) {
            return total(gateway, &trunk::AddressState::probes);
        },
        text);
    gateway_samples(
        trunks, "trunk_ping_failures_total", "counter", "OPTIONS that failed.",
        [](const trunk::GatewayState& gateway) {
            return total(gateway, &trunk::AddressState::failed_probes);
        },
        text);
}

void registrations_text(const trunk::TrunkStates& trunks, Text& text) {
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                          auto value) {
        text.family(name, type, help);
        for (const auto& trunk : trunks.trunks()) {
            if (!trunk.registration) continue;
            text.sample(value(*trunk.registration), fmt::format("trunk=\"{}\"", trunk.name));
        }
    };
    using State = trunk::RegistrationState;
    each("trunk_registered", "gauge", "Whether we are registered at the trunk.",
         [](const State& state) { return state.registered ? 1 : 0; });
    each("trunk_registration_requests_total", "counter", "REGISTER requests sent.",
         [](const State& state) { return state.sent; });
    each("trunk_registration_failures_total", "counter",
         "Registrations that failed or were lost, each reason once in a row.",
         [](const State& state) { return state.failures; });
}

void tls_text(const std::vector<ShardFigures>& shards, const std::vector<TlsFigures>& certificates,
              Text& text) {
    text.one("tls_handshakes_total", "counter", "TLS handshakes that succeeded.",
             sum(shards, [](const auto& s) { return s.transport.tls_handshakes; }));
    text.family("tls_handshake_failures_total", "counter", "TLS handshakes that did not.");
    for (std::size_t i = 1; i < transport::kTlsFailureNames.size(); ++i) {
        text.sample(sum(shards, [i](const auto& s) { return s.transport.tls_failures[i]; }),
                    fmt::format("reason=\"{}\"", transport::kTlsFailureNames[i]));
    }
    text.family("tls_certificate_info", "gauge", "The certificate that each TLS profile shows.");
    for (const auto& one : certificates) {
        if (one.fingerprint.empty()) continue;
        text.sample(1, fmt::format("profile=\"{}\",sha256=\"{}\"", one.profile, one.fingerprint));
    }
    text.family("tls_certificate_expiry_timestamp_seconds", "gauge", "When it ends.");
    for (const auto& one : certificates) {
        if (one.fingerprint.empty()) continue;
        text.sample(one.not_after, fmt::format("profile=\"{}\"", one.profile));
    }
    text.family("tls_certificate_swaps_total", "counter", "Changed files, taken or refused.");
    for (const auto& one : certificates) {
        text.sample(one.swapped, fmt::format("profile=\"{}\",result=\"swapped\"", one.profile));
        text.sample(one.refused, fmt::format("profile=\"{}\",result=\"refused\"", one.profile));
    }
}

}  // namespace

ShardFigures figures_of(Shard& shard, const record::RecordFeed& feed) {
    ShardFigures figures;
    shard.calls().for_each([&figures](b2bua::Call& call) {
        ++figures.calls_by_state[static_cast<std::size_t>(call.state())];
    });
    figures.dialogs = shard.calls().dialogs().size();
    figures.tombstones = shard.calls().tombstones().size();
    figures.timers = shard.timers();
    figures.late_answers_refused = shard.calls().tombstones().refused();
    figures.relay_reconnects = shard.relay().reconnects();
    figures.relay_ready = shard.relay().ready();
    figures.calls = shard.calls().counters();
    figures.core = shard.core().counters();
    figures.challenges = shard.core().challenges();
    figures.transactions = shard.transactions().counts();
    figures.transport = shard.transport().counters();
    figures.connections = shard.transport().connection_count();
    figures.missing_listeners = shard.transport().missing_listeners();
    figures.dropped_messages = feed.dropped_messages();
    figures.dropped_records = feed.dropped_records();
    figures.locator = shard.locator().counters();
    figures.dns = &shard.locator().engine_counters();
    if (shard.trunk_service() != nullptr) figures.trunks = shard.trunk_service()->states();
    return figures;
}

std::string metrics_text(const std::vector<ShardFigures>& shards,
                         const policy::Admission& admission, const record::RecordWriter& records,
                         std::uint64_t config_revision,
                         const std::vector<TlsFigures>& certificates) {
    Text text;
    calls_text(shards, text);
    sip_text(shards, text);
    security_text(shards, text);
    dns_text(shards, text);
    tls_text(shards, certificates, text);
    text.family("trunk_calls", "gauge", "Calls of each trunk, both directions.");
    for (const auto& trunk : admission.figures()) {
        text.sample(trunk.calls, fmt::format("trunk=\"{}\"", trunk.trunk));
    }
    text.family("limit_rejections_total", "counter", "Calls refused by a trunk's capacity.");
    for (const auto& trunk : admission.figures()) {
        text.sample(trunk.refused_calls, fmt::format("trunk=\"{}\",kind=\"calls\"", trunk.trunk));
        text.sample(trunk.refused_rate, fmt::format("trunk=\"{}\",kind=\"cps\"", trunk.trunk));
    }
    for (const auto& shard : shards) {
        if (!shard.trunks) continue;
        gateways_text(*shard.trunks, text);
        registrations_text(*shard.trunks, text);
    }
    text.one("relay_connected", "gauge", "Shards with a working connection to the media relay.",
             sum(shards, [](const auto& s) { return s.relay_ready ? 1 : 0; }));
    text.one("cdr_written_total", "counter", "Call records on disk.", records.written());
    text.one(
        "cdr_lost_total", "counter", "Call records lost to a full queue or disk.",
        records.failed_writes() + sum(shards, [](const auto& s) { return s.dropped_records; }));
    text.one("ladder_messages_dropped_total", "counter", "Messages the ladder has missed.",
             sum(shards, [](const auto& s) { return s.dropped_messages; }));
    text.one("signaling_config_revision", "gauge", "Configuration revision in force.",
             config_revision);
    return text.take();
}

}  // namespace portcullis::control
