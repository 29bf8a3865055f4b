// SPDX-License-Identifier: BSD-2-Clause
// TrunkService: watches the gateways of all trunks and keeps trunks registered.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "signaling/trunk/gateway_monitor.hpp"
#include "signaling/trunk/registrar_client.hpp"

namespace portcullis::trunk {

// All outlive the service. `publish` gets the states whenever they have changed, a little later.
struct ServiceParts {
    const Clock& clock;
    shard::TimerWheel& wheel;
    transaction::TransactionLayer& transactions;
    locate::Locator& locator;
    shard::Slot slot;
    std::function<void(TrunkStatesPtr)> publish;
};

// One per process, on shard 0 and its thread. Its requests are client transactions of that shard;
// the core hands it what concerns those it owns.
class TrunkService {
 public:
    explicit TrunkService(ServiceParts parts);
    ~TrunkService();
    TrunkService(const TrunkService&) = delete;
    TrunkService& operator=(const TrunkService&) = delete;

    // Begins what is new, ends what is gone, and leaves alone what is as it was. What begins
    // together is spread.
    void configure(std::shared_ptr<const policy::CompiledPolicy> policy);
    void report(const Report& report);
    // Removes all bindings within `limit`, then calls `done`; nothing begins any more.
    void stop(Duration limit, std::function<void()> done);

    [[nodiscard]] bool owns(transaction::ClientId id) const { return around_.exchange.owns(id); }
    void on_response(transaction::ClientId id, const sip::MessagePtr& response) {
        around_.exchange.on_response(id, response);
    }
    void on_client_failure(transaction::ClientId id, transaction::ClientFailure failure) {
        around_.exchange.on_failure(id, failure);
    }
    void on_client_terminated(transaction::ClientId id) { around_.exchange.on_terminated(id); }

    // As they are now, figures included.
    [[nodiscard]] TrunkStatesPtr states() const;

 private:
    using MonitorPtr = std::shared_ptr<GatewayMonitor>;
    using ClientPtr = std::shared_ptr<RegistrarClient>;

    struct Served {
        bool try_when_all_down = false;
        std::vector<MonitorPtr> monitors;
        ClientPtr registration;
    };

    // How many begin with this configuration, and where each is in that row.
    class Spread;

    void serve(const policy::Trunk& trunk, Served& served, Spread& gateways, Spread& registrations);
    void register_trunk(const policy::Trunk& trunk, Served& served, Spread& registrations);
    void leave(ClientPtr client, Duration limit);
    void publish_soon();

    std::function<void(TrunkStatesPtr)> publish_;
    Surroundings around_;
    std::map<std::string, Served> trunks_;
    std::map<RegistrarClient*, ClientPtr> leaving_;
    std::vector<ClientPtr> left_;  // until nothing of theirs is running
    std::function<void()> stopped_;
    bool stopping_ = false;
    OwnTimer left_timer_;
    OwnTimer publish_timer_;
    bool publish_due_ = false;
};

}  // namespace portcullis::trunk
