// SPDX-License-Identifier: BSD-2-Clause
// sofia_peer: a SIP far end for tests, scripted over standard input and output.
#define SU_ROOT_MAGIC_T void
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sstream>
#include <string>

#include "tests/peers/sofia_peer/console.hpp"
#include "tests/peers/sofia_peer/endpoint.hpp"

namespace {

constexpr const char* kUsage =
    "usage: sofia_peer --url sip:ADDRESS:PORT[;transport=udp|tcp] [--sips-url sips:ADDRESS:PORT\n"
    "       --certificates DIR] [--supported TAGS] [--allow METHODS] [--events PACKAGES]\n"
    "       [--min-se SECONDS] [--manual METHOD,…]\n"
    "One JSON command a line on standard input, one JSON event a line on standard output;\n"
    "README.md beside the source lists both.\n";

void no_log(void*, const char*, va_list) {}

void set_option(sofia_peer::Options& options, const std::string& name, const std::string& value) {
    if (name == "--url") {
        options.url = value;
    } else if (name == "--sips-url") {
        options.sips_url = value;
    } else if (name == "--certificates") {
        options.certificate_dir = value;
    } else if (name == "--supported") {
        options.supported = value;
    } else if (name == "--allow") {
        options.allow = value;
    } else if (name == "--events") {
        options.events = value;
    } else if (name == "--min-se") {
        options.min_se = static_cast<unsigned>(std::stoul(value));
    } else if (name == "--manual") {
        std::istringstream list(value);
        for (std::string method; std::getline(list, method, ',');) options.manual.insert(method);
    } else {
        throw std::runtime_error("unknown option " + name);
    }
}

int run(const sofia_peer::Options& options) {
    su_root_t* root = su_root_create(nullptr);
    if (root == nullptr) throw std::runtime_error("su_root_create");
    su_root_threading(root, 0);
    {
        sofia_peer::Endpoint endpoint(root, options);
        sofia_peer::Console console(
            root, [&](const nlohmann::json& command) { endpoint.run(command); },
            [&] { endpoint.shut_down(); });
        sofia_peer::print_event({{"event", "ready"}});
        su_root_run(root);
    }
    su_root_destroy(root);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    su_init();
    // Diagnostics belong on standard error, and only where they are asked for.
    if (std::getenv("TPORT_LOG") == nullptr && std::getenv("NUA_DEBUG") == nullptr)
        su_log_redirect(nullptr, no_log, nullptr);
    int result = 2;
    try {
        sofia_peer::Options options;
        for (int i = 1; i + 1 < argc; i += 2) set_option(options, argv[i], argv[i + 1]);
        if (options.url.empty() || argc % 2 == 0) throw std::runtime_error("--url is needed");
        result = run(options);
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "sofia_peer: %s\n%s", problem.what(), kUsage);
    }
    su_deinit();
    return result;
}
