// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/dialog/dialog_id.hpp"

#include "signaling/sip/message.hpp"

namespace portcullis::dialog {

DialogId id_of_request(const sip::Message& request) {
    const auto& facts = request.essentials();
    return {std::string(facts.call_id), std::string(facts.to_tag), std::string(facts.from_tag)};
}

DialogId id_of_response(const sip::Message& response) {
    const auto& facts = response.essentials();
    return {std::string(facts.call_id), std::string(facts.from_tag), std::string(facts.to_tag)};
}

}  // namespace portcullis::dialog
