// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/control/trunk_json.hpp"

namespace portcullis::control {
namespace {

using std::chrono::seconds;

Json address_json(const trunk::AddressState& address, TimePoint now) {
    Json json{{"remote", address.remote.text()},
              {"transport", describe(address.transport).param},
              {"state", trunk::name_of(address.health)},
              {"since", record::format_time(address.since)},
              {"reason", address.reason},
              {"suspect", address.suspect},
              {"probes", address.probes},
              {"failed_probes", address.failed_probes}};
    json["round_trip_ms"] = address.round_trip ? Json(address.round_trip->count()) : Json();
    const auto rest = address.resting_until - now;
    json["rests_for_s"] = rest.count() > 0 ? std::chrono::ceil<seconds>(rest).count() : 0;
    return json;
}

Json gateway_json(const trunk::GatewayState& gateway, TimePoint now) {
    Json addresses = Json::array();
    for (const auto& address : gateway.addresses) addresses.push_back(address_json(address, now));
    Json json{{"gateway", gateway.name},
              {"monitored", gateway.monitored},
              {"state", trunk::name_of(gateway.health())},
              {"addresses", std::move(addresses)}};
    if (!gateway.location_error.empty()) json["location_error"] = gateway.location_error;
    return json;
}

Json registration_json(const trunk::RegistrationState& registration) {
    Json json{{"registered", registration.registered},
              {"phase", trunk::name_of(registration.phase)},
              {"since", record::format_time(registration.since)},
              {"registered_until",
               registration.until ? Json(record::format_time(*registration.until)) : Json()},
              {"aor", registration.aor},
              {"registrar", registration.registrar},
              {"server", registration.server ? Json(registration.server->text()) : Json()},
              {"service_route", registration.service_route},
              {"associated_uris", registration.associated_uris},
              {"requests", registration.sent},
              {"failures", registration.failures}};
    if (!registration.reason.empty()) json["reason"] = registration.reason;
    return json;
}

}  // namespace

Json status_json(const trunk::TrunkState& trunk, TimePoint now) {
    Json gateways = Json::array();
    for (const auto& gateway : trunk.gateways) gateways.push_back(gateway_json(gateway, now));
    return {{"trunk", trunk.name},
            {"gateways", std::move(gateways)},
            {"registration", trunk.registration ? registration_json(*trunk.registration) : Json()}};
}

}  // namespace portcullis::control
