// SPDX-License-Identifier: BSD-2-Clause
#include "signaling/transport/websocket_handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "common/base/random.hpp"
#include "common/base/text.hpp"

namespace portcullis::transport {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view kProtocol = "sip";  // RFC 7118 section 4.1
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

// RFC 6455 section 1.3.
std::string accept_for(std::string_view key) {
    std::string text(key);
    text += kGuid;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    return base64({reinterpret_cast<const char*>(digest.data()), size});
}

// Section 4.1: 16 bytes in base64.
bool is_key(std::string_view key) {
    const auto good = [](char c) {
        return text::is_alpha(c) || text::is_digit(c) || c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, good);
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

template <class Fields>
bool lists(const Fields& fields, http::field name, std::string_view wanted) {
    const auto range = fields.equal_range(name);
    return std::any_of(range.first, range.second, [&](const auto& field) {
        const http::token_list tokens{field.value()};
        return std::any_of(tokens.begin(), tokens.end(),
                           [&](const auto& token) { return text::iequals(view(token), wanted); });
    });
}

UpgradeAnswer refuse(std::string_view status, std::string reason, std::string_view header = {}) {
    std::string response = "HTTP/1.1 ";
    response += status;
    response += "\r\n";
    response += header;
    response += "Connection: close\r\nContent-Length: 0\r\n\r\n";
    return {std::move(response), std::move(reason)};
}

template <bool Request>
bool parse(http::parser<Request, http::empty_body>& parser, std::string_view text) {
    parser.header_limit(kMaxUpgrade);
    boost::beast::error_code error;
    parser.put(boost::asio::buffer(text.data(), text.size()), error);
    return !error && parser.is_header_done();
}

}  // namespace

UpgradeAnswer answer_upgrade(std::string_view request, const WebsocketRules& rules) {
    http::parser<true, http::empty_body> parser;
    if (!parse(parser, request) || parser.get().version() != 11) {
        return refuse("400 Bad Request", "not an HTTP/1.1 request");
    }
    const auto& fields = parser.get();
    if (fields.method() != http::verb::get) {
        return refuse("405 Method Not Allowed", "not a GET", "Allow: GET\r\n");
    }
    if (fields.count(http::field::host) != 1 || fields.has_content_length() || fields.chunked()) {
        return refuse("400 Bad Request", "no Host, or a body");
    }
    const std::string_view target = view(fields.target());
    if (!rules.path.empty() && target.substr(0, target.find('?')) != rules.path) {
        return refuse("404 Not Found", "another resource");
    }
    if (!lists(fields, http::field::upgrade, "websocket") ||
        !lists(fields, http::field::connection, "upgrade")) {
        return refuse("426 Upgrade Required", "not an upgrade to WebSocket",
                      "Upgrade: websocket\r\n");
    }
    if (view(fields[http::field::sec_websocket_version]) != "13") {
        return refuse("426 Upgrade Required", "another WebSocket version",
                      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    }
    const std::string_view key = view(fields[http::field::sec_websocket_key]);
    if (fields.count(http::field::sec_websocket_key) != 1 || !is_key(key)) {
        return refuse("400 Bad Request", "no Sec-WebSocket-Key of 16 bytes");
    }
    const std::string_view origin = view(fields[http::field::origin]);
    const bool known = std::any_of(rules.origins.begin(), rules.origins.end(),
                                   [&](const auto& one) { return text::iequals(one, origin); });
    if (!rules.origins.empty() && !known) return refuse("403 Forbidden", "another origin");
    // RFC 7118 section 4.1: without the subprotocol it is not SIP that would be spoken.
    if (!lists(fields, http::field::sec_websocket_protocol, kProtocol)) {
        return refuse("400 Bad Request", "the subprotocol sip is not offered");
    }
    std::string response =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    response += accept_for(key);
    response += "\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
    return {std::move(response), {}};
}

std::string make_upgrade(std::string_view host, std::string_view path, std::string_view key) {
    std::string request = "GET ";
    request += path.empty() ? "/" : path;
    request += " HTTP/1.1\r\nHost: ";
    request += host;
    request += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ";
    request += key;
    request += "\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n";
    return request;
}

std::string check_upgrade(std::string_view response, std::string_view key) {
    http::parser<false, http::empty_body> parser;
    parser.skip(true);
    if (!parse(parser, response)) return "not an HTTP response";
    const auto& fields = parser.get();
    if (fields.result_int() != 101) {
        return "the server answered " + std::to_string(fields.result_int());
    }
    if (!lists(fields, http::field::upgrade, "websocket") ||
        !lists(fields, http::field::connection, "upgrade") ||
        view(fields[http::field::sec_websocket_accept]) != accept_for(key)) {
        return "the server did not agree to a WebSocket";
    }
    if (!text::iequals(view(fields[http::field::sec_websocket_protocol]), kProtocol)) {
        return "the server does not speak SIP";
    }
    if (fields.count(http::field::sec_websocket_extensions) != 0) {
        return "the server uses an extension nobody offered";
    }
    return {};
}

std::string make_websocket_key() {
    std::array<std::byte, 16> bytes{};
    random_bytes(bytes);
    return base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace portcullis::transport
