// SPDX-License-Identifier: Apache-2.0
#include "compression/decompress.hpp"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <brotli/decode.h>
#include <cstdint>
#include <memory>

namespace seakeeper::compression {
namespace {

constexpr std::size_t block_bytes = 64u << 10;

Error damaged(std::string_view format) {
    return Error{
        Errc::malformed,
        "decompressing " + std::string{format} + ": the bytes are damaged or cut short"};
}

/// Appends unless the limit would be passed.
bool append(std::string& out, std::string_view block, std::size_t limit) {
    if (block.size() > limit - out.size()) {
        return false;
    }
    out.append(block);
    return true;
}

Error too_long(std::string_view format, std::size_t limit) {
    return Error{
        Errc::limit_exceeded,
        "decompressing " + std::string{format} + ": more than " + std::to_string(limit)
            + " bytes would come out"};
}

Bytef* input_of(std::string_view bytes) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); // zlib's old signature
}

struct Inflater {
    z_stream stream{};
    bool is_open = inflateInit2(&stream, 15 + 16) == Z_OK; // 16: gzip framing only
    Inflater() = default;
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream); }
};

} // namespace

Result<std::string> gunzip(std::string_view bytes, std::size_t limit) {
    Inflater inflater;
    if (!inflater.is_open || bytes.size() > UINT32_MAX) {
        return damaged("gzip");
    }
    z_stream& stream = inflater.stream;
    stream.next_in = input_of(bytes);
    stream.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, block_bytes> block;
    std::string out;
    for (;;) {
        stream.next_out = reinterpret_cast<Bytef*>(block.data());
        stream.avail_out = static_cast<uInt>(block.size());
        const int code = inflate(&stream, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END) {
            return damaged("gzip");
        }
        if (!append(out, {block.data(), block.size() - stream.avail_out}, limit)) {
            return too_long("gzip", limit);
        }
        if (code == Z_STREAM_END && stream.avail_in == 0) {
            return out;
        }
        if (code == Z_STREAM_END && inflateReset(&stream) != Z_OK) {
            return damaged("gzip");
        }
    }
}

Result<std::string> unzstd(std::string_view bytes, std::size_t limit) {
    const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context{
        ZSTD_createDCtx(), ZSTD_freeDCtx};
    if (!context) {
        return damaged("zstd");
    }
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    std::array<char, block_bytes> block;
    std::string out;
    for (;;) {
        ZSTD_outBuffer output{block.data(), block.size(), 0};
        const std::size_t hint = ZSTD_decompressStream(context.get(), &output, &input);
        if (ZSTD_isError(hint) != 0) {
            return damaged("zstd");
        }
        if (!append(out, {block.data(), output.pos}, limit)) {
            return too_long("zstd", limit);
        }
        if (hint == 0 && input.pos == input.size) {
            return out;
        }
        if (input.pos == input.size && output.pos < output.size) {
            return damaged("zstd");
        }
    }
}

Result<std::string> unbrotli(std::string_view bytes, std::size_t limit) {
    const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state{
        BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance};
    if (!state) {
        return damaged("brotli");
    }
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t available_in = bytes.size();
    std::array<std::uint8_t, block_bytes> block;
    std::string out;
    for (;;) {
        std::uint8_t* next_out = block.data();
        std::size_t available_out = block.size();
        const auto code = BrotliDecoderDecompressStream(
            state.get(), &available_in, &next_in, &available_out, &next_out, nullptr
        );
        if (code == BROTLI_DECODER_RESULT_ERROR || code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
            return damaged("brotli");
        }
        const std::string_view got{
            reinterpret_cast<const char*>(block.data()), block.size() - available_out};
        if (!append(out, got, limit)) {
            return too_long("brotli", limit);
        }
        if (code == BROTLI_DECODER_RESULT_SUCCESS) {
            return available_in == 0 ? Result<std::string>{std::move(out)} : damaged("brotli");
        }
    }
}

Result<std::string> decompress(std::string_view bytes, std::size_t limit) {
    if (bytes.starts_with("\x1f\x8b")) {
        return gunzip(bytes, limit);
    }
    if (bytes.starts_with("\x28\xb5\x2f\xfd")) {
        return unzstd(bytes, limit);
    }
    return unbrotli(bytes, limit);
}

} // namespace seakeeper::compression
