// SPDX-License-Identifier: BSD-2-Clause
// A registration machine with its timer and two servers, driven by events that have names.
#pragma once

#include <gtest/gtest.h>

#include "signaling/trunk/registration_machine.hpp"
#include "tests/support/fake_clock.hpp"

namespace portcullis::trunk {

using std::chrono::seconds;

inline locate::Located server(const std::string& text) {
    return {.transport = TransportKind::Udp, .remote = *Endpoint::parse(text)};
}

inline const auto kFirst = server("198.18.1.2:5060");
inline const auto kSecond = server("198.18.1.3:5060");

inline RegistrationTerms terms(std::uint32_t expires = 3600) {
    return {.request_uri = "sip:carrier.example.com",
            .expires = expires,
            .retry_min = seconds(30),
            .retry_max = seconds(1800),
            .account = {.username = "user", .password = "secret", .realm = {}},
            .algorithms = {auth::Hash::Sha256, auth::Hash::Md5}};
}

inline RegisterAnswer answer(int code) { return {.code = code, .phrase = "Phrase"}; }

inline RegisterAnswer success(std::uint32_t expires) {
    auto out = answer(200);
    out.contact_expires = expires;
    return out;
}

inline RegisterAnswer challenge(int code, const std::string& nonce, const std::string& more = {}) {
    auto out = answer(code);
    auto& list = code == 401 ? out.www_challenges : out.proxy_challenges;
    list.push_back(R"(Digest realm="carrier", nonce=")" + nonce +
                   R"(", algorithm=SHA-256, qop="auth")" + more);
    return out;
}

// Events by name, so that a row can be read.
class Trunk {
 public:
    explicit Trunk(RegistrationTerms asked = terms()) : machine(std::move(asked), 7) {
        take(machine.start(clock.now(), {}));
    }

    void take(const RegistrationActions& actions) {
        last = actions;
        wake = actions.wake_at;
        if (actions.send) sent.push_back(*actions.send);
        if (actions.news != RegistrationNews::None) news.push_back(actions.news);
        done = done || actions.done;
    }
    void due() {
        ASSERT_TRUE(wake);
        clock.advance(std::max<Duration>(*wake - clock.now(), {}));
        take(machine.on_timer(clock.now()));
    }
    void located() { take(machine.on_located({kFirst, kSecond}, clock.now())); }
    void answers(const RegisterAnswer& given) { take(machine.on_answer(given, clock.now())); }

    void event(const std::string& name) {
        if (name == "timer") return due();
        if (name == "located") return located();
        if (name == "not-located") return take(machine.on_not_located("NXDOMAIN", clock.now()));
        if (name == "nowhere") return take(machine.on_located({}, clock.now()));
        if (name == "200") return answers(success(3600));
        if (name == "401") return answers(challenge(401, "n" + std::to_string(sent.size())));
        if (name == "407") return answers(challenge(407, "p" + std::to_string(sent.size())));
        if (name == "423") {
            auto brief = answer(423);
            brief.min_expires = 7200;
            return answers(brief);
        }
        if (name == "silence") return take(machine.on_failure("no response", clock.now()));
        if (name == "stop") return take(machine.stop(clock.now(), seconds(2)));
        answers(answer(std::stoi(name)));
    }
    void registered() {
        for (const char* name : {"timer", "located", "200"}) event(name);
        ASSERT_TRUE(machine.registered());
    }
    [[nodiscard]] double wait() const {
        return std::chrono::duration<double>(*wake - clock.now()).count();
    }

    testing::FakeClock clock;
    RegistrationMachine machine;
    RegistrationActions last;
    std::optional<TimePoint> wake;
    std::vector<RegisterOrder> sent;
    std::vector<RegistrationNews> news;
    bool done = false;
};

using Phase = RegistrationPhase;

}  // namespace portcullis::trunk
