// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/trunk/trunk_view.hpp"

namespace portcullis::trunk {

void TrunkView::report(Report report) {
    const auto* const trunk = states_->find(report.trunk);
    const auto* const gateway = trunk == nullptr ? nullptr : trunk->find(report.gateway);
    if (gateway == nullptr) return;
    const auto* const address = gateway->find(report.remote);
    if (report.sighting == Sighting::Unavailable) {
        if (!report.retry_after) return;
    } else if (!gateway->monitored || address == nullptr) {
        return;
    } else if (report.sighting == Sighting::Answered && address->health == Health::Up &&
               !address->suspect) {
        return;
    }
    forward_(std::move(report));
}

}  // namespace portcullis::trunk
