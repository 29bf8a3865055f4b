// SPDX-License-Identifier: BSD-2-Clause
// fan_out: asks every shard for a value on its own thread and hands all of them to the control
// thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "signaling/shard.hpp"

namespace portcullis::control {

// `ask` runs on each shard; `done` runs on `io` with one value per shard, in their order. Shards
// outlive it.
template <class T>
void fan_out(const Shards& shards, boost::asio::io_context& io, std::function<T(Shard&)> ask,
             std::function<void(std::vector<T>)> done) {
    struct Gather {
        std::vector<T> values;
        std::size_t missing;
        std::function<void(std::vector<T>)> done;
    };
    const auto gather = std::make_shared<Gather>(
        Gather{std::vector<T>(shards.size()), shards.size(), std::move(done)});
    for (std::size_t i = 0; i < shards.size(); ++i) {
        Shard* const shard = shards[i].get();
        shard->post([shard, i, ask, gather, &io] {
            boost::asio::post(io, [gather, i, value = ask(*shard)]() mutable {
                gather->values[i] = std::move(value);
                if (--gather->missing == 0) gather->done(std::move(gather->values));
            });
        });
    }
}

}  // namespace portcullis::control
