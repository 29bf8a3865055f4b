// SPDX-License-Identifier: BSD-2-Clause
// ServerSide: the server transactions of the layer, their tables, ACK and CANCEL (RFC
// 3261 17.2, 9.2).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <variant>

#include "signaling/transaction/context.hpp"
#include "signaling/transaction/invite_server.hpp"
#include "signaling/transaction/key.hpp"
#include "signaling/transaction/non_invite_server.hpp"
#include "signaling/transport/response_route.hpp"

namespace portcullis::transaction {

// One per layer. Transactions are found again by id after every callback, since the TU may have
// ended them.
class ServerSide {
 public:
    explicit ServerSide(Context& context) : context_(context) {}
    ~ServerSide();
    ServerSide(const ServerSide&) = delete;
    ServerSide& operator=(const ServerSide&) = delete;

    void on_request(const sip::MessagePtr& request, const transport::Source& source);
    void respond(ServerId id, sip::MessagePtr response);
    [[nodiscard]] const transport::Source* source_of(ServerId id) const;
    [[nodiscard]] std::size_t table_size() const {
        return by_id_.size() + by_key_.size() + by_merge_key_.size() + by_accepted_key_.size();
    }

 private:
    using Index = boost::unordered_flat_map<Key, ServerId, KeyHash>;

    struct Server {
        ServerId id;
        std::variant<InviteServer, NonInviteServer> machine;
        sip::MessagePtr request;  // until the final response, of an INVITE until the ACK of its 2xx
        transport::Source source;
        transport::ResponseRoute route;
        Key key;
        Key ack_key{};                    // RFC 2543 only, once a failure was sent
        Key merge_key{};                  // when this transaction stands for it
        Key accepted_key{};               // once a 2xx to an INVITE was sent
        sip::MessagePtr last_response{};  // of an INVITE until the ACK of its 2xx
        TimerSet timers{};
        Milliseconds repeat_interval{0};  // of the 2xx
        bool acknowledged = false;        // the 2xx
    };
    struct Input {
        sip::MessagePtr message;  // the TU's response, or the ACK
        const transport::Source* source = nullptr;
    };

    [[nodiscard]] Server* find(ServerId id);
    [[nodiscard]] static ServerId find_in(const Index& index, const Key& key);
    Server& create(const sip::MessagePtr& request, const transport::Source& source, const Key& key);
    void on_ack(const sip::MessagePtr& ack, const transport::Source& source);
    void on_cancel(const sip::MessagePtr& cancel, const transport::Source& source, const Key& key);
    [[nodiscard]] static bool cancels(const sip::Message& cancel, const Server& target);
    [[nodiscard]] bool is_accepted(const sip::Message& request, const transport::Source& source);
    void refuse(const sip::Message& request, const transport::Source& source,
                const Verdict& verdict);

    void dispatch(ServerId id, Event event, const Input& input);
    void execute(ServerId id, const Actions& actions, const Input& input);
    void on_timer(Event event, ServerId id);
    void terminate(Server& server);
    void set_timer(Server& server, Event timer, Milliseconds after);
    [[nodiscard]] std::size_t& count_of(const Server& server);

    void send(const Server& server);
    void index_final(Server& server);
    void forget_merge_key(Server& server);
    void stop_repeating(Server& server);

    Context& context_;
    std::uint64_t last_id_ = 0;
    boost::unordered_flat_map<ServerId, std::unique_ptr<Server>, std::hash<ServerId>> by_id_;
    Index by_key_;
    Index by_merge_key_;
    Index by_accepted_key_;
};

}  // namespace portcullis::transaction
