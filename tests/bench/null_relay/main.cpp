// SPDX-License-Identifier: BSD-2-Clause
// null_relay: stands in for portcullis-mediarelay where only the cost of signaling is asked for.
#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "common/base/log.hpp"
#include "policy/config/reader.hpp"
#include "tests/bench/null_relay/null_relay.hpp"

int main(int argc, char** argv) {
    using namespace portcullis;
    std::filesystem::path socket;
    std::string file;
    CLI::App cli{"Answers every request of the media relay's protocol at once; moves no media"};
    cli.add_option("--socket", socket, "control socket for signaling")->required();
    cli.add_option("--config", file, "configuration document, for its media pools")->required();
    CLI11_PARSE(cli, argc, argv);

    log::configure("null-relay", "info");
    std::ifstream input(file);
    const std::string text((std::istreambuf_iterator<char>(input)), {});
    const auto document = config::load_document(text);
    if (!document) {
        std::fprintf(stderr, "null_relay: %s: %s\n", file.c_str(),
                     document.error().front().message.c_str());
        return 1;
    }
    boost::asio::io_context io{1};
    bench::NullRelay relay(io, socket, relay::make_relay_plan(*document).pools);
    if (const auto listening = relay.listen(); !listening) {
        std::fprintf(stderr, "null_relay: %s\n", listening.error().text().c_str());
        return 1;
    }
    boost::asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](const boost::system::error_code&, int) {
        relay.stop();
        io.stop();
    });
    io.run();
    return 0;
}
