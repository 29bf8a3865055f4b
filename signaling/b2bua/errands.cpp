// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/b2bua/errands.hpp"

#include "signaling/sip/builder.hpp"

namespace portcullis::b2bua {

using sip::HeaderId;

void Errands::send(sip::MessagePtr request, const transport::Destination& destination,
                   std::string_view trunk) {
    if (find_(trunk) == nullptr) {
        (void)send_(std::move(request), destination);
        return;
    }
    start({.request = std::move(request),
           .destination = destination,
           .trunk = std::string(trunk),
           .challenges = {}});
}

void Errands::start(Errand errand) {
    const auto id = send_(errand.request, errand.destination);
    if (id) errands_.emplace(id, std::move(errand));
}

void Errands::on_response(transaction::ClientId id, const sip::Message& response) {
    const int code = response.status_code();
    const auto found = errands_.find(id);
    if (found == errands_.end() || (code != 401 && code != 407)) return;
    Errand errand = std::move(found->second);
    errands_.erase(found);
    auto* const known = find_(errand.trunk);
    if (known == nullptr) return;
    const auto& request = *errand.request;
    const auto answer =
        known->answer(response, {request.method_text(), request.request_uri_text(), request.body()},
                      errand.challenges);
    if (!answer) return;
    errand.request = again(request, *answer);
    start(std::move(errand));
}

sip::MessagePtr Errands::again(const sip::Message& request, const HeaderList& credentials) {
    const auto& essentials = request.essentials();
    auto* const alive =
        dialogs_.find({std::string(essentials.call_id), std::string(essentials.from_tag),
                       std::string(essentials.to_tag)});
    const auto cseq =
        alive == nullptr ? essentials.cseq.number + 1 : alive->dialog.take_cseq(false);
    auto builder = sip::MessageBuilder::request(request.method_text(), request.request_uri_text());
    std::string type;
    for (std::size_t i = 0; i < request.header_count(); ++i) {
        const auto field = request.header_at(i);
        std::string value(field.value);
        switch (field.id) {
            case HeaderId::Via: {
                const auto old = essentials.top_via.branch;
                value.replace(value.find(old), old.size(), shard::make_branch(slot_));
                break;
            }
            case HeaderId::CSeq:
                value = std::to_string(cseq) + " " + std::string(request.method_text());
                break;
            case HeaderId::ContentType:
                type = value;
                continue;
            case HeaderId::Authorization:
            case HeaderId::ProxyAuthorization:
            case HeaderId::ContentLength:
                continue;
            default:
                break;
        }
        builder.add(field.name, value);
    }
    for (const auto& [name, value] : credentials) builder.add(name, value);
    if (!request.body().empty()) builder.body(type, std::string(request.body()));
    return builder.finish();
}

}  // namespace portcullis::b2bua
