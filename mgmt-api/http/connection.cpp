// SPDX-License-Identifier: BSD-2-Clause
#include "mgmt-api/http/connection.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "common/base/log.hpp"
#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "mgmt-api/time_text.hpp"

namespace portcullis::mgmt {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// What of an unread body is still taken in after a refusal, so that the client gets to read the
// answer before the reset that closing on unread data makes.
constexpr std::size_t kMaxDrain = std::size_t{1} << 20;
constexpr std::chrono::seconds kDrainTime{2};

std::string address_text(const asio::ip::tcp::socket& socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return "unknown";
    const auto address = peer.address();
    // A client of a dual-stack listener is known by its IPv4 address.
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

Problem make(ProblemKind kind, std::string detail = {}) {
    return {.kind = kind, .detail = std::move(detail), .errors = {}, .used_by = {}};
}

// True for what the client did wrong; false when it left or was too slow.
bool is_protocol_error(const error_code& error) {
    return error.category() == make_error_code(http::error::bad_method).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
}

Problem read_problem(const error_code& error) {
    if (error == http::error::header_limit) return make(ProblemKind::HeaderTooLarge);
    if (error == http::error::body_limit) return make(ProblemKind::BodyTooLarge);
    return make(ProblemKind::MalformedRequest, error.message());
}

// RFC 9112 section 3.2: exactly one Host; section 6.1: the framing of a request that says it twice
// is not to be guessed at, a proxy in front of us may have guessed otherwise.
std::optional<Problem> check_header(const http::request_header<>& header) {
    const auto count = [&header](http::field name) {
        const auto range = header.equal_range(name);
        return std::distance(range.first, range.second);
    };
    const auto hosts = count(http::field::host);
    if (hosts > 1 || (hosts == 0 && header.version() >= 11)) {
        return make(ProblemKind::MalformedRequest, "a request has exactly one Host");
    }
    if (count(http::field::content_length) > 1 || count(http::field::transfer_encoding) > 1 ||
        (count(http::field::content_length) > 0 && count(http::field::transfer_encoding) > 0)) {
        return make(ProblemKind::MalformedRequest, "ambiguous body length");
    }
    // A list of equal lengths is allowed to be taken as one (section 6.3); not by us.
    if (count(http::field::content_length) > 0 &&
        !text::to_number<std::uint64_t>(std::string_view(header[http::field::content_length]))) {
        return make(ProblemKind::MalformedRequest, "Content-Length is one number");
    }
    if (count(http::field::transfer_encoding) > 0 &&
        !text::iequals(std::string_view(header[http::field::transfer_encoding]), "chunked")) {
        return make(ProblemKind::NotImplemented, "only the chunked transfer coding is known");
    }
    if (count(http::field::authorization) > 1) {
        return make(ProblemKind::MalformedRequest, "more than one Authorization");
    }
    if (header.version() != 10 && header.version() != 11) {
        return make(ProblemKind::MalformedRequest, "the version is not HTTP/1.0 or HTTP/1.1");
    }
    return std::nullopt;
}

}  // namespace

Connection::Connection(Stream stream, Service& service, const Clock& clock,
                       const ServerLimits& limits)
    : stream_(std::move(stream)),
      service_(service),
      clock_(clock),
      limits_(limits),
      buffer_(limits.header_bytes + (std::size_t{64} << 10)),
      remote_(address_text(stream_.socket())),
      idle_since_(clock.now()) {}

void Connection::start(std::function<void()> on_end) {
    const auto self = shared_from_this();
    asio::co_spawn(
        stream_.get_executor(), [self]() -> awaitable<void> { return self->serve(); },
        [self, on_end = std::move(on_end)](const std::exception_ptr& thrown) {
            if (thrown) log::component("http").error("connection_aborted remote={}", self->remote_);
            on_end();
        });
}

void Connection::close() { stream_.close(); }

awaitable<void> Connection::serve() {
    bool more = true;
    while (more) {
        idle_ = true;
        idle_since_ = clock_.now();
        more = co_await serve_request();
    }
    co_await hang_up();
}

RequestPtr Connection::empty_request() const {
    auto request = std::make_shared<Request>();
    request->method = "none";
    request->remote = remote_;
    request->trace_id = random_token(16);
    return request;
}

RequestPtr Connection::make_request(const Parser& parser) const {
    auto request = empty_request();
    const auto& header = parser.get().base();
    request->method = std::string(header.method_string());
    request->target = std::string(header.target());
    for (const auto& field : header) {
        request->headers.emplace_back(text::to_lower(std::string_view(field.name_string())),
                                      std::string(field.value()));
    }
    return request;
}

awaitable<bool> Connection::serve_request() {
    Parser parser;
    parser.header_limit(limits_.header_bytes);
    // The body's limit is told to clients that were admitted, not to strangers: see read_body.
    parser.body_limit(boost::none);
    error_code error;
    // One deadline for header section and body: a client that trickles gains nothing by it.
    stream_.expires_after(limits_.patience);
    co_await http::async_read_header(stream_, buffer_, parser,
                                     redirect_error(use_awaitable, error));
    idle_ = false;
    if (error) {
        if (!is_protocol_error(error)) co_return false;
        RequestPtr nobody = empty_request();
        Problem problem = read_problem(error);
        co_return co_await refuse(nobody, 11, problem);
    }
    RequestPtr request = make_request(parser);
    const unsigned version = parser.get().version();
    if (auto problem = check_header(parser.get().base())) {
        co_return co_await refuse(request, version, *problem);
    }
    if (auto refusal = service_.admit(*request)) {
        const bool whole = parser.is_done();
        Response response = std::move(*refusal);
        co_return co_await answer(request, version, response, whole && parser.keep_alive());
    }
    admitted_ = true;
    const bool complete = co_await read_body(parser, request);
    if (!complete) co_return false;
    request->body = std::move(parser.get().body());
    stream_.expires_never();
    Response response = co_await ask_handler(request);
    ++served_;
    const bool keep = parser.keep_alive() && served_ < limits_.requests_per_connection;
    co_return co_await answer(request, version, response, keep);
}

awaitable<bool> Connection::read_body(Parser& parser, RequestPtr request) {
    error_code error;
    parser.body_limit(limits_.body_bytes);
    const auto length = parser.content_length();
    if (length && *length > limits_.body_bytes) {
        Problem problem = make(ProblemKind::BodyTooLarge);
        co_await refuse(request, 11, problem);
        co_return false;
    }
    const auto expect = request->header("expect");
    if (expect && text::iequals(text::trim(*expect), "100-continue") && !parser.is_done()) {
        co_await asio::async_write(stream_, asio::buffer(kContinue),
                                   redirect_error(use_awaitable, error));
    }
    if (!error && !parser.is_done()) {
        co_await http::async_read(stream_, buffer_, parser, redirect_error(use_awaitable, error));
    }
    if (!error) co_return true;
    if (is_protocol_error(error)) {
        Problem problem = read_problem(error);
        co_await refuse(request, 11, problem);
    }
    co_return false;
}

awaitable<Response> Connection::ask_handler(RequestPtr request) {
    // The handler may answer from within the call or much later, and must not run on our stack
    // twice: asio's initiation gives both.
    auto initiate = [this, request](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto answered = std::make_shared<bool>(false);
        auto respond = [shared, answered, executor = stream_.get_executor()](Response response) {
            if (std::exchange(*answered, true)) return;
            asio::post(executor, [shared, response = std::move(response)]() mutable {
                (*shared)(std::move(response));
            });
        };
        try {
            service_.handle(request, respond);
        } catch (const std::exception& thrown) {
            log::component("http").error("handler_failed trace_id={} reason=\"{}\"",
                                         request->trace_id, thrown.what());
            respond(service_.reject(*request, make(ProblemKind::Internal)));
        }
    };
    asio::use_awaitable_t<> token;
    co_return co_await asio::async_initiate<asio::use_awaitable_t<>, void(Response)>(initiate,
                                                                                     token);
}

awaitable<bool> Connection::refuse(RequestPtr request, unsigned version, Problem problem) {
    Response response = service_.reject(*request, problem);
    co_await answer(request, version, response, false);
    co_return false;
}

awaitable<bool> Connection::answer(RequestPtr request, unsigned version, Response response,
                                   bool keep_alive) {
    http::response<http::string_body> message;
    message.version(version == 10 ? 10 : 11);
    message.result(response.status);
    message.set(http::field::date, http_date(clock_.wall_now()));
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    message.set("Portcullis-Trace-Id", request->trace_id);
    if (!response.content_type.empty()) {
        message.set(http::field::content_type, response.content_type);
    }
    for (const auto& [name, value] : response.headers) message.set(name, value);
    const bool has_body = response.status != 204 && response.status != 304;
    if (has_body) message.content_length(response.body.size());
    if (has_body && request->method != "HEAD") message.body() = std::move(response.body);
    message.keep_alive(keep_alive);

    stream_.expires_after(limits_.patience);
    http::response_serializer<http::string_body> serializer(message);
    error_code error;
    if (request->method == "HEAD") {
        co_await http::async_write_header(stream_, serializer,
                                          redirect_error(use_awaitable, error));
    } else {
        co_await http::async_write(stream_, serializer, redirect_error(use_awaitable, error));
    }
    co_return !error && keep_alive;
}

awaitable<void> Connection::hang_up() {
    idle_ = true;  // nothing is owed to the client any more: its place may be given away
    error_code error;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    stream_.expires_after(kDrainTime);
    std::size_t drained = 0;
    while (!error && drained < kMaxDrain) {
        buffer_.clear();
        const auto space = buffer_.prepare(std::size_t{16} << 10);
        drained += co_await stream_.async_read_some(space, redirect_error(use_awaitable, error));
    }
    stream_.close();
}

}  // namespace portcullis::mgmt
