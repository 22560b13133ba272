// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;

TEST_CASE("digests and encodings match their published vectors") {
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const std::array<std::uint8_t, 6> foobar{'f', 'o', 'o', 'b', 'a', 'r'};
    CHECK(base32_lower(foobar) == "mzxw6ytboi");
    CHECK(base64("foob") == "Zm9vYg==");
    CHECK(from_base64("Zm9v\nYg==").value() == "foob");
    CHECK(from_base64("Zm9vYg=").error().is(Errc::malformed));
    CHECK(from_base64("Zm9*").error().is(Errc::malformed));
    CHECK(from_base64("").value().empty());
}
