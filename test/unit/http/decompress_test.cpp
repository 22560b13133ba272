// SPDX-License-Identifier: Apache-2.0
#include "compression/decompress.hpp"

#include <seakeeper/core/digest.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace compression;

namespace {

std::string packed(std::string_view base64) {
    return from_base64(base64).value();
}

// "hello hello hello\n" by gzip -n, zstd and brotli
constexpr std::string_view gzipped = "H4sIAAAAAAAAA8tIzcnJV8hAkFwAO3yK3xIAAAA=";
constexpr std::string_view zstandard = "KLUv/QRYbQAAOGhlbGxvIAoBADFKEaOqdM4=";
constexpr std::string_view brotlied = "iwiAaGVsbG8gaGVsbG8gaGVsbG8KAw==";

} // namespace

TEST_SUITE_BEGIN("decompression");

TEST_CASE("the three formats are told apart and unpacked") {
    for (const std::string_view text : {gzipped, zstandard, brotlied}) {
        CAPTURE(text);
        CHECK(decompress(packed(text), 18).value() == "hello hello hello\n");
    }
}

TEST_CASE("more than the limit is refused") {
    for (const std::string_view text : {gzipped, zstandard, brotlied}) {
        CAPTURE(text);
        CHECK(decompress(packed(text), 17).error().is(Errc::limit_exceeded));
    }
}

TEST_CASE("every cut and every byte after the end is damage") {
    for (const std::string_view text : {gzipped, zstandard, brotlied}) {
        CAPTURE(text);
        const std::string whole = packed(text);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            CAPTURE(size);
            CHECK(decompress(whole.substr(0, size), 1000).error().is(Errc::malformed));
        }
        CHECK(decompress(whole + "x", 1000).error().is(Errc::malformed));
    }
}

TEST_CASE("members after one another are one text") {
    CHECK(gunzip(packed(gzipped) + packed(gzipped), 100).value().size() == 36);
    CHECK(unzstd(packed(zstandard) + packed(zstandard), 100).value().size() == 36);
}

TEST_SUITE_END();
