// SPDX-License-Identifier: Apache-2.0
#include "http/message.hpp"

#include "compression/decompress.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace seakeeper::http {
namespace {

namespace beast = boost::beast;

constexpr std::uint32_t header_bytes = 64u << 10;

/// A token of RFC 9110: what a method or header name may be.
bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
               || marks.find(c) != std::string_view::npos;
    });
}

bool is_field_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
}

bool is_target(std::string_view text) {
    return text.starts_with('/')
           && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string host_field(const Options& options) {
    const bool is_v6 = options.host.find(':') != std::string::npos;
    std::string host = is_v6 ? "[" + options.host + "]" : options.host;
    if (options.port != (options.is_tls ? 443 : 80)) {
        host += ":" + std::to_string(options.port);
    }
    return host;
}

bool has_body(const Request& request) {
    return !request.body.empty() || request.method == "POST" || request.method == "PUT"
           || request.method == "PATCH";
}

Error wrong(std::string_view part, std::string_view text) {
    return Error{
        Errc::invalid_argument,
        "writing an HTTP request: " + std::string{part} + " cannot be " + quoted(text, 80)};
}

} // namespace

Result<std::string> serialized(const Options& options, const Request& request) {
    if (!is_token(request.method)) {
        return wrong("the method", request.method);
    }
    if (!is_target(request.target)) {
        return wrong("the target", request.target);
    }
    std::string out;
    out.reserve(request.body.size() + 512);
    out += request.method + ' ' + request.target + " HTTP/1.1\r\nHost: " + host_field(options)
           + "\r\nUser-Agent: " + options.user_agent + "\r\n";
    for (const Header& header : request.headers) {
        if (!is_token(header.name)) {
            return wrong("a header's name", header.name);
        }
        if (!is_field_value(header.value)) { // the value may be a secret: not shown
            return wrong("the value of header " + header.name, "what holds a control character");
        }
        out += header.name + ": " + header.value + "\r\n";
    }
    if (has_body(request)) {
        out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    out += "\r\n";
    out += request.body;
    return out;
}

class ResponseReader::Parser final : public beast::http::basic_parser<false> {
public:
    Response response;
    bool has_header = false;

private:
    using Text = beast::string_view;
    using ErrorCode = beast::error_code;

    void on_request_impl(beast::http::verb, Text, Text, int, ErrorCode&) override {}
    void on_response_impl(int code, Text, int, ErrorCode&) override { response.status = code; }
    void on_field_impl(beast::http::field, Text name, Text value, ErrorCode&) override {
        if (!has_header) { // else a trailer
            response.headers.push_back(Header{
                std::string{name.data(), name.size()}, std::string{value.data(), value.size()}});
        }
    }
    void on_header_impl(ErrorCode&) override { has_header = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(Text body, ErrorCode&) override {
        response.body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode& error) override {
        return on_body_impl(body, error);
    }
    void on_finish_impl(ErrorCode&) override {}
};

ResponseReader::ResponseReader(std::string_view method, std::optional<std::size_t> body_limit)
    : is_head_{method == "HEAD"}, body_limit_{body_limit} {
    begin();
}

ResponseReader::~ResponseReader() = default;

void ResponseReader::begin() {
    parser_ = std::make_unique<Parser>();
    parser_->eager(true);
    parser_->skip(is_head_);
    parser_->header_limit(header_bytes);
    if (body_limit_) {
        parser_->body_limit(*body_limit_);
    } else {
        parser_->body_limit(boost::none);
    }
}

Status ResponseReader::feed(std::string_view bytes) {
    has_begun_ = has_begun_ || !bytes.empty();
    pending_.append(bytes);
    while (!pending_.empty() && !parser_->is_done()) {
        const std::size_t before = pending_.size();
        if (auto parsed = parse_some(); !parsed) {
            return parsed;
        }
        const int status = parser_->response.status;
        if (parser_->is_done() && status / 100 == 1) {
            begin(); // 100 Continue and the like: the answer comes after
            continue;
        }
        if (pending_.size() == before) {
            break;
        }
    }
    return {};
}

Status ResponseReader::parse_some() {
    beast::error_code error;
    const std::size_t used =
        parser_->put(asio::const_buffer{pending_.data(), pending_.size()}, error);
    pending_.erase(0, used);
    if (error == beast::http::error::need_more) {
        if (pending_.size() <= 2 * header_bytes) {
            return {};
        }
        return Error{Errc::limit_exceeded, "reading the answer: a line without end"};
    }
    if (error == beast::http::error::header_limit) {
        return Error{
            Errc::limit_exceeded,
            "reading the answer: its header passes " + std::to_string(header_bytes) + " bytes"};
    }
    if (error == beast::http::error::body_limit) {
        return Error{
            Errc::limit_exceeded,
            "reading the answer: its body passes " + std::to_string(body_limit_.value_or(0))
                + " bytes"};
    }
    if (error) {
        return Error{Errc::malformed, "reading the answer: not HTTP: " + error.message()};
    }
    return {};
}

Status ResponseReader::feed_end() {
    if (is_done()) {
        return {};
    }
    beast::error_code error;
    if (parser_->got_some()) {
        parser_->put_eof(error);
    }
    if (is_done()) {
        return {};
    }
    return Error{
        Errc::unavailable,
        has_begun_ ? "the connection closed before the answer was complete"
                   : "the connection closed before an answer came"};
}

bool ResponseReader::has_begun() const noexcept {
    return has_begun_;
}

bool ResponseReader::has_header() const noexcept {
    return parser_->has_header && parser_->response.status / 100 != 1;
}

bool ResponseReader::is_done() const noexcept {
    return parser_->is_done() && has_header();
}

bool ResponseReader::may_keep() const noexcept {
    return is_done() && pending_.empty() && parser_->keep_alive();
}

Response& ResponseReader::response() noexcept {
    return parser_->response;
}

std::string ResponseReader::take_body() {
    return std::exchange(parser_->response.body, {});
}

Status decode_content(Response& response, std::size_t limit) {
    const std::string_view encoding = response.header("Content-Encoding");
    if (encoding.empty() || encoding == "identity" || response.body.empty()) {
        return {};
    }
    if (encoding != "gzip") {
        return Error{
            Errc::unsupported, "reading the answer: content encoding " + quoted(encoding, 40)};
    }
    auto plain = compression::gunzip(response.body, limit);
    if (!plain) {
        return std::move(plain).error().within("reading the answer");
    }
    response.body = std::move(*plain);
    return {};
}

} // namespace seakeeper::http
