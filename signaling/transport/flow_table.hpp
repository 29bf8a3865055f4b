// SPDX-License-Identifier: BSD-2-Clause
// FlowTable: the connections of one shard, by flow, by peer, and counted by source address.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/net/endpoint.hpp"
#include "signaling/transport/connection.hpp"

namespace portcullis::transport {

// One per shard, its thread only. Holds each connection from insert() to erase(); an erased index
// is reused with the next generation.
class FlowTable {
 public:
    explicit FlowTable(std::uint16_t shard) : shard_(shard) {}

    FlowId insert(const std::shared_ptr<Connection>& connection);
    void erase(const Connection& connection);
    // Makes a held connection one of another interface.
    void relabel(Connection& connection, const std::string& interface);
    // nullptr when the flow is closed.
    [[nodiscard]] Connection* find(FlowId flow) const;
    // A connection to `remote` from `interface`, whoever opened it, that was put in under `key`
    // (RFC 5923 reuses ours; a peer's own is found only if it sends from the port that it is called
    // at).
    [[nodiscard]] Connection* find(const std::string& interface, TransportKind transport,
                                   const Endpoint& remote, const std::string& key) const;
    // The peer of an accepted TLS connection says that requests to `sent_by` may take it (RFC 5923
    // section 5).
    void add_alias(FlowId flow, const Endpoint& sent_by);
    // Those that said so.
    [[nodiscard]] std::vector<Connection*> aliases(const Endpoint& sent_by) const;
    // By others; from the site of that address.
    [[nodiscard]] std::size_t accepted() const { return accepted_size_; }
    [[nodiscard]] std::size_t accepted_from(const IpAddress& address) const;
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;

 private:
    struct Slot {
        std::uint32_t generation = 1;
        std::shared_ptr<Connection> connection;
    };
    struct Peer {
        std::string interface;
        TransportKind transport{};
        Endpoint remote;
        std::string key;
        bool operator==(const Peer&) const = default;
    };
    struct PeerHash {
        std::size_t operator()(const Peer& peer) const noexcept {
            return (std::hash<std::string>{}(peer.interface) * 31 +
                    std::hash<Endpoint>{}(peer.remote)) *
                       31 +
                   std::hash<std::string>{}(peer.key) + static_cast<std::size_t>(peer.transport);
        }
    };

    [[nodiscard]] static std::optional<Peer> peer_of(const Connection& connection);
    void forget_peer(const Connection& connection);

    std::uint16_t shard_;
    std::size_t size_ = 0;
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::unordered_map<Peer, FlowId, PeerHash> by_peer_;
    std::unordered_map<IpAddress, std::size_t> accepted_;  // by site
    std::size_t accepted_size_ = 0;
    std::unordered_map<Endpoint, std::vector<FlowId>> aliases_;
    std::unordered_map<FlowId, Endpoint> alias_of_;
};

}  // namespace portcullis::transport
