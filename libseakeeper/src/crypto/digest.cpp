// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace seakeeper {
namespace {

/// Looked up once: by name it costs as much as digesting a kilobyte.
const EVP_MD* sha256_method() {
    static const EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return method != nullptr ? method : EVP_sha256();
}

} // namespace

inline namespace v0 {

Sha256 sha256(std::string_view bytes) {
    Sha256 digest{};
    unsigned int length = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, sha256_method(), nullptr);
    return digest;
}

std::string sha256_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(64);
    for (const std::uint8_t byte : sha256(bytes)) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string base32_lower(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out;
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const std::uint8_t byte : bytes) {
        buffer = (buffer << 8) | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            out += alphabet[(buffer >> bits) & 31];
        }
    }
    if (bits > 0) {
        out += alphabet[(buffer << (5 - bits)) & 31];
    }
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3), '\0');
    EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    return out;
}

Result<std::string> from_base64(std::string_view text) {
    std::string packed;
    packed.reserve(text.size());
    for (const char c : text) {
        if (c != '\n' && c != '\r') {
            packed += c;
        }
    }
    if (packed.size() % 4 != 0) {
        return Error{Errc::malformed, "base64 text: its length is not a multiple of 4"};
    }
    std::string out(packed.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(packed.data()),
        static_cast<int>(packed.size())
    );
    if (length < 0) {
        return Error{Errc::malformed, "base64 text: a character outside the alphabet"};
    }
    const std::size_t padding = packed.ends_with("==") ? 2 : packed.ends_with('=') ? 1 : 0;
    out.resize(static_cast<std::size_t>(length) - padding);
    return out;
}

} // namespace v0
} // namespace seakeeper
