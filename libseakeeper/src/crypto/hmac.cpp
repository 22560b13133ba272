// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace seakeeper {
inline namespace v0 {

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(
        EVP_sha1(),
        key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        out,
        &size
    );
    return {reinterpret_cast<const char*>(out), size};
}

} // namespace v0
} // namespace seakeeper
