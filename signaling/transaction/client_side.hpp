// SPDX-License-Identifier: BSD-2-Clause
// ClientSide: the client transactions of the layer, their table and CANCEL (RFC 3261 17.1, 9.1).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "signaling/transaction/context.hpp"
#include "signaling/transaction/invite_client.hpp"
#include "signaling/transaction/key.hpp"
#include "signaling/transaction/non_invite_client.hpp"

namespace portcullis::transaction {

// One per layer. Transactions are found again by id after every callback, since the TU may have
// ended them.
class ClientSide {
 public:
    explicit ClientSide(Context& context) : context_(context) {}
    ~ClientSide();
    ClientSide(const ClientSide&) = delete;
    ClientSide& operator=(const ClientSide&) = delete;

    [[nodiscard]] ClientId start(sip::MessagePtr request, const transport::Destination& to);
    ClientId cancel(ClientId invite, const std::vector<ExtraHeader>& extra);
    void on_response(const sip::MessagePtr& response, const transport::Source& source);
    void fail_destination(const Endpoint& remote, TransportKind transport);
    void fail_flow(transport::FlowId flow);
    [[nodiscard]] bool is_alive(ClientId id) const { return by_id_.contains(id); }
    [[nodiscard]] std::size_t table_size() const { return by_id_.size() + by_key_.size(); }

 private:
    struct Client {
        ClientId id;
        std::variant<InviteClient, NonInviteClient> machine;
        sip::MessagePtr request;  // of an INVITE until its 2xx: later ones are known by answer_key
        transport::Destination destination;
        Key key;
        Key answer_key{};
        TimerSet timers;
        transport::FlowId flow{};  // that the request took; none over UDP
        // Of a request that went by TCP for its size, while nothing came back: as it would have
        // gone by UDP.
        sip::MessagePtr udp_request{};
        bool final_passed = false;
        // Of an INVITE: its CANCEL, made by cancel(); held back until a provisional arrives.
        ClientId cancel_id;
        sip::MessagePtr held_cancel;
    };
    // The response being handled, for the actions that pass or acknowledge it.
    struct Input {
        sip::MessagePtr response;
        const transport::Source* source = nullptr;
    };

    [[nodiscard]] Client* find(ClientId id);
    template <class Hit>
    void fail_where(Hit hit);
    ClientId begin(ClientId id, sip::MessagePtr request, const transport::Destination& to,
                   sip::MessagePtr udp_request = nullptr);
    void fall_back(Client& client);
    void dispatch(ClientId id, Event event, const Input& input);
    void execute(ClientId id, const Actions& actions, const Input& input);
    void send(Client& client, sip::MessagePtr message);
    void send_held_cancel(Client& invite);
    void terminate(Client& client);
    void set_timer(Client& client, Event timer, Milliseconds after);
    [[nodiscard]] std::size_t& count_of(const Client& client);

    Context& context_;
    std::uint64_t last_id_ = 0;
    boost::unordered_flat_map<ClientId, std::unique_ptr<Client>, std::hash<ClientId>> by_id_;
    boost::unordered_flat_map<Key, ClientId, KeyHash> by_key_;
};

}  // namespace portcullis::transaction
