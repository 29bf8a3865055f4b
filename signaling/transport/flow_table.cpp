// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/flow_table.hpp"

#include <utility>

namespace portcullis::transport {

FlowId FlowTable::insert(const std::shared_ptr<Connection>& connection) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.connection = connection;
    const FlowId flow{shard_, index, slot.generation};
    connection->set_flow(flow);
    const Source& source = connection->source();
    if (auto peer = peer_of(*connection)) by_peer_.insert_or_assign(std::move(*peer), flow);
    if (!connection->is_outgoing()) {
        ++accepted_[source.remote.address.site()];
        ++accepted_size_;
    }
    ++size_;
    return flow;
}

std::optional<FlowTable::Peer> FlowTable::peer_of(const Connection& connection) {
    if (!connection.pool_key()) return std::nullopt;
    const Source& source = connection.source();
    return Peer{source.interface, source.transport, source.remote, *connection.pool_key()};
}

void FlowTable::forget_peer(const Connection& connection) {
    const auto key = peer_of(connection);
    if (!key) return;
    const auto peer = by_peer_.find(*key);
    if (peer != by_peer_.end() && peer->second == connection.source().flow) by_peer_.erase(peer);
}

// One alias per connection: a peer that names ever new ones gains nothing.
void FlowTable::add_alias(FlowId flow, const Endpoint& sent_by) {
    if (find(flow) == nullptr || !alias_of_.try_emplace(flow, sent_by).second) return;
    aliases_[sent_by].push_back(flow);
}

std::vector<Connection*> FlowTable::aliases(const Endpoint& sent_by) const {
    std::vector<Connection*> out;
    const auto found = aliases_.find(sent_by);
    if (found == aliases_.end()) return out;
    for (const FlowId flow : found->second) {
        if (auto* const connection = find(flow)) out.push_back(connection);
    }
    return out;
}

void FlowTable::relabel(Connection& connection, const std::string& interface) {
    forget_peer(connection);
    connection.set_interface(interface);
    if (auto peer = peer_of(connection)) {
        by_peer_.try_emplace(std::move(*peer), connection.source().flow);
    }
}

void FlowTable::erase(const Connection& connection) {
    const FlowId flow = connection.source().flow;
    if (find(flow) != &connection) return;
    const Source& source = connection.source();
    forget_peer(connection);
    if (const auto alias = alias_of_.extract(flow)) {
        const auto listed = aliases_.find(alias.mapped());
        std::erase(listed->second, flow);
        if (listed->second.empty()) aliases_.erase(listed);
    }
    if (!connection.is_outgoing()) {
        const auto count = accepted_.find(source.remote.address.site());
        --accepted_size_;
        if (--count->second == 0) accepted_.erase(count);
    }
    Slot& slot = slots_[flow.index];
    // The caller may hold the last other reference: let the slot be consistent before that ends.
    const auto last = std::exchange(slot.connection, nullptr);
    if (++slot.generation == 0) slot.generation = 1;
    free_.push_back(flow.index);
    --size_;
}

Connection* FlowTable::find(FlowId flow) const {
    if (!flow || flow.shard != shard_ || flow.index >= slots_.size()) return nullptr;
    const Slot& slot = slots_[flow.index];
    return slot.generation == flow.generation ? slot.connection.get() : nullptr;
}

Connection* FlowTable::find(const std::string& interface, TransportKind transport,
                            const Endpoint& remote, const std::string& key) const {
    const auto found = by_peer_.find(Peer{interface, transport, remote, key});
    return found == by_peer_.end() ? nullptr : find(found->second);
}

std::size_t FlowTable::accepted_from(const IpAddress& address) const {
    const auto found = accepted_.find(address.site());
    return found == accepted_.end() ? 0 : found->second;
}

std::vector<std::shared_ptr<Connection>> FlowTable::all() const {
    std::vector<std::shared_ptr<Connection>> out;
    out.reserve(size_);
    for (const Slot& slot : slots_) {
        if (slot.connection) out.push_back(slot.connection);
    }
    return out;
}

}  // namespace portcullis::transport
